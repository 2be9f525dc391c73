"""Reading the shop's settings."""

from apps.shared.fast_rows import Lookup
from apps.shop.models import ShopSettings

_SETTINGS = Lookup(ShopSettings, "singleton")


def shop_settings() -> ShopSettings:
    """The settings of the shop in whose schema the caller works."""
    found = _SETTINGS.first()
    if found is None:
        raise ShopSettings.DoesNotExist
    return found
