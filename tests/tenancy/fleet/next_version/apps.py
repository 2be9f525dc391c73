from django.apps import AppConfig


class Config(AppConfig):
    name = "tests.tenancy.fleet.next_version"
    label = "next_version"

    def ready(self) -> None:
        from django.db import models

        from apps.catalog.models import Product

        badge = models.CharField(max_length=20, default="", db_default="", blank=True)
        badge.contribute_to_class(Product, "badge")
