"""Goods to buy in tests."""

import itertools
from uuid import UUID

from apps.catalog.models import Product, Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.inventory import selectors, services
from apps.shared import clock
from apps.shipping.models import ShippingMethod

_numbers = itertools.count(1)


def make_variant(
    *,
    price: int = 1999,
    stock: int = 10,
    currency: str = "USD",
    policy: InventoryPolicy = InventoryPolicy.DENY,
    requires_shipping: bool = True,
    status: ProductStatus = ProductStatus.ACTIVE,
    title: str = "",
) -> Variant:
    """A product with one variant, `stock` pieces of which are on hand."""
    number = next(_numbers)
    now = clock.now()
    product = Product.objects.create(
        handle=f"product-{number}",
        title=title or f"Product {number}",
        status=status,
        published_at=now if status == ProductStatus.ACTIVE else None,
    )
    variant = Variant.objects.create(
        product=product,
        sku=f"SKU-{number}",
        title="Default",
        price_amount=price,
        currency=currency,
        inventory_policy=policy,
        requires_shipping=requires_shipping,
    )
    if stock:
        services.receive_stock(
            variant_id=variant.pk,
            location_id=main_location(),
            quantity=stock,
            reference="test",
            now=now,
        )
    return variant


def main_location() -> UUID:
    """The shop's first location."""
    return selectors.default_location().pk


def flat_rate() -> ShippingMethod:
    """The shipping method that every shop starts with: 5.00."""
    return ShippingMethod.objects.get(code="standard")
