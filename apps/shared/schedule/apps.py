from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shared.schedule"
    label = "schedule"
