from django.apps import AppConfig


class Config(AppConfig):
    """Handlers for tests with real workers; installed by tests.support.probing.settings only."""

    name = "tests.support.probing"
    label = "probing"

    def ready(self) -> None:
        from tests.support.probing import handlers  # noqa: F401 - registers them
