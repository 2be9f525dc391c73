from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.errors import InsufficientStock, InvalidQuantity, StaleStock
from apps.inventory.models import StockItem
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction


@owns_transaction
def count_stock(
    *,
    variant_id: UUID,
    location_id: UUID,
    counted: int,
    expected: int | None,
    note: str,
    now: datetime,
) -> StockItem:
    """A person counted what is on hand; the difference becomes a movement of reason `count`.

    `expected` is what the row said when the counting began: if it says something else by now, the
    count is worth nothing (None: not checked). A count without a difference writes nothing.

    Raises InvalidQuantity, StaleStock, InsufficientStock (what is reserved would not be covered
    any more), VariantNotFound, LocationNotFound.
    """
    if counted < 0:
        raise InvalidQuantity("There cannot be less than nothing on hand.", quantity=counted)
    ensure_stock_item(variant_id=variant_id, location_id=location_id)
    item = selectors.stock_item_for_update(variant_id=variant_id, location_id=location_id)
    if expected is not None and item.on_hand != expected:
        raise StaleStock(expected=expected, on_hand=item.on_hand)
    if item.reserved > counted + item.backorder_limit:
        raise InsufficientStock(requested=item.reserved, available=counted)
    if counted != item.on_hand:
        move = Move(
            stock_item_id=item.pk,
            reason=MovementReason.COUNT,
            on_hand=counted - item.on_hand,
            reference_type="count",
            reference_id=note[:64],
        )
        before = item.on_hand
        move_stock(moves=[move], now=now)
        item.refresh_from_db()
        record(
            action="inventory.stock_counted",
            target=Target("stock_item", str(item.pk)),
            before={"on_hand": before},
            after={"on_hand": item.on_hand},
            why=note,
            now=now,
        )
    return item
