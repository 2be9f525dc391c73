from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.catalog.states import InventoryPolicy
from apps.inventory.models import StockItem
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction
from apps.shop import selectors as shop


@dataclass(frozen=True)
class FirstCount:
    """How many pieces of a variant there are to begin with; not negative."""

    variant_id: UUID
    quantity: int
    policy: InventoryPolicy


@joins_transaction
def count_first_stock(
    *, counts: Sequence[FirstCount], location_id: UUID, reference: str, now: datetime
) -> list[FirstCount]:
    """Begin to keep stock of variants that have none at this location yet; returns those.

    The count is a movement of reason `import` (STOCK-004), the floor follows the variant's
    inventory policy (STOCK-006). A variant that has a stock item here is left alone, whatever
    its quantity: since the first count it has been sold and received.

    An IntegrityError means that somebody else began at the same moment.
    """
    variants = [one.variant_id for one in counts]
    items = StockItem.objects.filter(location_id=location_id, variant_id__in=variants)
    known = set(items.values_list("variant_id", flat=True))
    begun = [one for one in counts if one.variant_id not in known]
    if not begun:
        return []
    settings = shop.shop_settings()
    made = StockItem.objects.bulk_create(
        StockItem(
            variant_id=one.variant_id,
            location_id=location_id,
            backorder_limit=(
                settings.backorder_limit if one.policy == InventoryPolicy.CONTINUE else 0
            ),
            low_stock_threshold=settings.low_stock_threshold,
        )
        for one in begun
    )
    moves = [
        Move(
            stock_item_id=item.pk,
            reason=MovementReason.IMPORT,
            on_hand=one.quantity,
            reference_type="import",
            reference_id=reference[:64],
        )
        for one, item in zip(begun, made, strict=True)
        if one.quantity
    ]
    move_stock(moves=moves, now=now)
    return begun
