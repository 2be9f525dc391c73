from django.apps import AppConfig


class Config(AppConfig):
    name = "benchmarks.columns"
    label = "columns"
