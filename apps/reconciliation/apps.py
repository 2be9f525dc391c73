from django.apps import AppConfig


class Config(AppConfig):
    """What the providers say and what we say, compared every day (FIN-005)."""

    name = "apps.reconciliation"
    label = "reconciliation"
