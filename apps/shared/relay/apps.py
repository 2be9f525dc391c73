from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shared.relay"
    label = "relay"

    def ready(self) -> None:
        from apps.shared.relay import gauges  # noqa: F401 - registers them
