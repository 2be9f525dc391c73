"""A new shop's first location."""

from apps.inventory.models import Location
from tenants.provisioning import NewShop, seeds_new_shops


@seeds_new_shops
def seed_location(shop: NewShop) -> None:
    """Every shop has a place to keep its goods."""
    Location.objects.create(name="Main warehouse", priority=1)
