from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shared.audit"
    label = "audit"
    verbose_name = "Audit"
