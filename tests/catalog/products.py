"""Products with several variants, for tests of what shoppers see."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.inventory import services
from tests.support.goods import main_location

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def make_product(
    *,
    prices: Sequence[int] = (1999,),
    compare_at: Sequence[int | None] = (),
    stock: Sequence[int] = (),
    images: Sequence[str] = (),
    currency: str = "USD",
    **fields: Any,
) -> Product:
    """An active product with a variant for each price; `stock` and `compare_at` go along."""
    number = next(_numbers)
    given = {
        "handle": f"thing-{number}",
        "title": f"Thing {number}",
        "status": ProductStatus.ACTIVE,
        "published_at": NOW,
        "options": ["Size"],
    }
    product = Product.objects.create(**{**given, **fields})
    for position, src in enumerate(images, start=1):
        ProductImage.objects.create(product=product, src=src, alt="", position=position)
    for index, price in enumerate(prices):
        variant = Variant.objects.create(
            product=product,
            sku=f"THING-{number}-{index}",
            title=f"Size {index}",
            option_values=[f"Size {index}"],
            position=index + 1,
            price_amount=price,
            compare_at_amount=compare_at[index] if index < len(compare_at) else None,
            currency=currency,
        )
        if index < len(stock) and stock[index]:
            receive(variant.pk, stock[index])
    return product


def receive(variant_id: UUID, quantity: int) -> None:
    """Put some on the shelf."""
    services.receive_stock(
        variant_id=variant_id,
        location_id=main_location(),
        quantity=quantity,
        reference="test",
        now=NOW,
    )
