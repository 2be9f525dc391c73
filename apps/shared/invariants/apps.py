from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Config(AppConfig):
    name = "apps.shared.invariants"
    label = "invariants"

    def ready(self) -> None:
        from . import gauges  # noqa: F401 - registers them

        # Every installed app's `invariants` module: whoever adds an app adds its checks.
        autodiscover_modules("invariants")
