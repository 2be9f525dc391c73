from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shipping"
    label = "shipping"
