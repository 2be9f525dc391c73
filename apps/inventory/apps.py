from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.inventory"
    label = "inventory"

    def ready(self) -> None:
        from apps.catalog.availability import provide

        from . import seeds, selectors  # noqa: F401 - registers them

        provide(selectors.available_quantities)
