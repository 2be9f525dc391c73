from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.refunds"
    label = "refunds"

    def ready(self) -> None:
        from apps.orders import objections

        from . import handlers, selectors  # noqa: F401 - registers them

        objections.object_with(selectors.refuse_while_being_cancelled)
