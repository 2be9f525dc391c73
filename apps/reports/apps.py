from django.apps import AppConfig


class Config(AppConfig):
    """What a shop took in, day by day: a copy of the truth that may lag, and can be made again."""

    name = "apps.reports"
    label = "reports"

    def ready(self) -> None:
        from . import handlers  # noqa: F401 - registers them
