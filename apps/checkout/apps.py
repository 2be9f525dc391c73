from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.checkout"
    label = "checkout"
