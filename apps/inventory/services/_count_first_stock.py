from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.models import StockItem
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction


@dataclass(frozen=True)
class FirstCount:
    """How many pieces of a variant there are to begin with; not negative."""

    variant_id: UUID
    quantity: int


@joins_transaction
def count_first_stock(
    *, counts: Sequence[FirstCount], location_id: UUID, reference: str, now: datetime
) -> list[FirstCount]:
    """Begin to keep stock of variants that have none at this location yet; returns those.

    The count is a movement of reason `import` (STOCK-004). A variant that has a stock item here
    is left alone, whatever its quantity: since the first count it has been sold and received.

    Raises VariantNotFound, LocationNotFound.
    """
    variants = [one.variant_id for one in counts]
    items = StockItem.objects.filter(location_id=location_id, variant_id__in=variants)
    known = set(items.values_list("variant_id", flat=True))
    begun = [
        one
        for one in counts
        if one.variant_id not in known
        and ensure_stock_item(variant_id=one.variant_id, location_id=location_id)
    ]
    moves = [
        Move(
            stock_item_id=selectors.stock_item_for_update(
                variant_id=one.variant_id, location_id=location_id
            ).pk,
            reason=MovementReason.IMPORT,
            on_hand=one.quantity,
            reference_type="import",
            reference_id=reference[:64],
        )
        for one in begun
        if one.quantity
    ]
    move_stock(moves=moves, now=now)
    return begun
