from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.customers"
    label = "customers"

    def ready(self) -> None:
        from . import restored  # noqa: F401 - registers them
