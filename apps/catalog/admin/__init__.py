"""Products, with their variants and pictures."""

from django.contrib import admin

from apps.catalog.admin.products import ProductAdmin
from apps.catalog.admin.variants import VariantAdmin
from apps.catalog.models import Product, Variant


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Product, ProductAdmin)
    site.register(Variant, VariantAdmin)
