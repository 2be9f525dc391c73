"""Reading shipping methods."""

from uuid import UUID

from apps.shipping.errors import ShippingMethodNotFound
from apps.shipping.models import ShippingMethod


def active_methods() -> list[ShippingMethod]:
    """What a shopper may choose from, in the shop's order."""
    return list(ShippingMethod.objects.filter(is_active=True))


def active_method(*, method_id: UUID) -> ShippingMethod:
    """Raises ShippingMethodNotFound."""
    try:
        return ShippingMethod.objects.get(pk=method_id, is_active=True)
    except ShippingMethod.DoesNotExist:
        raise ShippingMethodNotFound from None
