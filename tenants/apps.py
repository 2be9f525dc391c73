from django.apps import AppConfig


class Config(AppConfig):
    name = "tenants"
    label = "tenants"
