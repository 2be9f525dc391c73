from django.apps import AppConfig


class Config(AppConfig):
    """Two shops to try things on. Installed on developers' machines only."""

    name = "apps.demo"
    label = "demo"
