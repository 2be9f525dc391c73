from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.staff"
    label = "staff"
