from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.cart"
    label = "cart"
    verbose_name = "Carts"
