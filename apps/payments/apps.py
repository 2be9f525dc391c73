from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.payments"
    label = "payments"

    def ready(self) -> None:
        from . import handlers, restored  # noqa: F401 - registers them
