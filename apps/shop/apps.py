from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.shop"
    label = "shop"
