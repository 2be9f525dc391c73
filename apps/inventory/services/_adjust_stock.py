from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.errors import InsufficientStock, InvalidQuantity
from apps.inventory.models import StockItem
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction


@owns_transaction
def adjust_stock(
    *, variant_id: UUID, location_id: UUID, quantity_delta: int, note: str, now: datetime
) -> StockItem:
    """A person says that there is more or less on hand than the row does, and why.

    Raises InvalidQuantity (nothing to change), InsufficientStock (what is reserved would not be
    covered any more), VariantNotFound, LocationNotFound.
    """
    if quantity_delta == 0:
        raise InvalidQuantity(quantity=quantity_delta)
    ensure_stock_item(variant_id=variant_id, location_id=location_id)
    item = selectors.stock_item_for_update(variant_id=variant_id, location_id=location_id)
    on_hand = item.on_hand + quantity_delta
    if on_hand < 0 or item.reserved > on_hand + item.backorder_limit:
        raise InsufficientStock(requested=-quantity_delta, available=item.available)
    move = Move(
        stock_item_id=item.pk,
        reason=MovementReason.ADJUSTMENT,
        on_hand=quantity_delta,
        reference_type="adjustment",
        reference_id=note[:64],
    )
    before = item.on_hand
    move_stock(moves=[move], now=now)
    item.refresh_from_db()
    record(
        action="inventory.stock_adjusted",
        target=Target("stock_item", str(item.pk)),
        before={"on_hand": before},
        after={"on_hand": item.on_hand},
        why=note,
        now=now,
    )
    return item
