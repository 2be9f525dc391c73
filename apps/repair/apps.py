from django.apps import AppConfig


class Config(AppConfig):
    """`manage.py repair`: what a person must mend."""

    name = "apps.repair"
    label = "repair"
