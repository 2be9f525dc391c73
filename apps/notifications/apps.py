from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from . import handlers  # noqa: F401
