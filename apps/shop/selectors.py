"""Reading the shop's settings."""

from apps.shop.models import ShopSettings


def shop_settings() -> ShopSettings:
    """The settings of the shop in whose schema the caller works."""
    return ShopSettings.objects.get()
