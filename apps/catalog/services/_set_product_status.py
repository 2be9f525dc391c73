from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.catalog.models import Product
from apps.catalog.states import ProductStatus
from apps.shared.changes import apply_changes
from apps.shared.db import owns_transaction


@owns_transaction
def set_product_status(
    *, product_ids: Collection[UUID], status: ProductStatus, now: datetime
) -> list[UUID]:
    """Put products on sale, back into draft, or away; returns those that were something else.

    A product that goes on sale for the first time is new from `now` on.
    """
    changed = []
    products = Product.objects.select_for_update().filter(pk__in=product_ids).order_by("pk")
    for product in products:
        wanted: dict[str, Any] = {"status": status}
        if status == ProductStatus.ACTIVE and product.published_at is None:
            wanted["published_at"] = now
        if apply_changes(product, wanted):
            changed.append(product.pk)
    return changed
