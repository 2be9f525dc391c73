"""A new shop's settings."""

from apps.shop.models import ShopSettings
from tenants.provisioning import NewShop, seeds_new_shops


@seeds_new_shops
def seed_settings(shop: NewShop) -> None:
    """Named as given; everything else as the model's defaults say."""
    ShopSettings.objects.create(
        name=shop.name,
        legal_name=shop.name,
        currency=shop.currency,
        country=shop.country,
        contact_email=shop.owner_email,
    )
