"""Stock: shown as it is, and changed only by movements (STOCK-004)."""

from django.contrib import admin

from apps.inventory.admin import neighbours  # noqa: F401 - adds to the pages of other apps
from apps.inventory.admin.locations import LocationAdmin
from apps.inventory.admin.stock import StockItemAdmin, StockMovementAdmin
from apps.inventory.models import Location, StockItem, StockMovement


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(StockItem, StockItemAdmin)
    site.register(StockMovement, StockMovementAdmin)
    site.register(Location, LocationAdmin)
