from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.inventory"
    label = "inventory"

    def ready(self) -> None:
        from . import seeds  # noqa: F401 - registers them
