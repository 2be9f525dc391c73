"""A new shop's shipping method."""

from apps.shared.money import exponent
from apps.shipping.models import ShippingMethod
from tenants.provisioning import NewShop, seeds_new_shops

_FLAT_RATE_MAJOR = 5


@seeds_new_shops
def seed_flat_rate(shop: NewShop) -> None:
    """One flat rate, so that the shop can sell at once; the operator changes it in the admin."""
    ShippingMethod.objects.create(
        code="standard",
        name="Standard shipping",
        amount=_FLAT_RATE_MAJOR * 10 ** exponent(shop.currency),
        currency=shop.currency,
    )
