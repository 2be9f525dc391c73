from django.apps import AppConfig


class Config(AppConfig):
    name = "benchmarks.probed"
    label = "probed"

    def ready(self) -> None:
        from benchmarks.probed import handlers  # noqa: F401 - registers it
