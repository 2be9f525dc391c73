from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shop"
    label = "shop"

    def ready(self) -> None:
        from . import restored, seeds  # noqa: F401 - registers them
