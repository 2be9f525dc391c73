from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.customers"
    label = "customers"
