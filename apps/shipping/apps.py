from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shipping"
    label = "shipping"

    def ready(self) -> None:
        from . import seeds  # noqa: F401 - registers them
