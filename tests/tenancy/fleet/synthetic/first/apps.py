from django.apps import AppConfig


class Config(AppConfig):
    name = "tests.tenancy.fleet.synthetic.first"
    label = "synthetic"
