from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.catalog"
    label = "catalog"
