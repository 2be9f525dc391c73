from django.apps import AppConfig


class Config(AppConfig):
    name = "tenants"
    label = "tenants"

    def ready(self) -> None:
        from apps.shared.fan_out import ask_who_is_active
        from tenants import handlers  # noqa: F401 - registers them
        from tenants.selectors import active_among

        ask_who_is_active(active_among)
