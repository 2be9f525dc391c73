from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.finance"
    label = "finance"

    def ready(self) -> None:
        from . import handlers, restored  # noqa: F401
