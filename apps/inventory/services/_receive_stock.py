from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.errors import InvalidQuantity
from apps.inventory.models import StockItem
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.db import owns_transaction


@owns_transaction
def receive_stock(
    *,
    variant_id: UUID,
    location_id: UUID,
    quantity: int,
    reference: str,
    now: datetime,
    reason: MovementReason = MovementReason.RECEIPT,
) -> StockItem:
    """Goods came in: `quantity` more on hand, under a reference such as a delivery note.

    Raises InvalidQuantity, VariantNotFound, LocationNotFound.
    """
    if quantity <= 0:
        raise InvalidQuantity(quantity=quantity)
    ensure_stock_item(variant_id=variant_id, location_id=location_id)
    item = selectors.stock_item_for_update(variant_id=variant_id, location_id=location_id)
    move = Move(
        stock_item_id=item.pk,
        reason=reason,
        on_hand=quantity,
        reference_type="receipt",
        reference_id=reference,
    )
    move_stock(moves=[move], now=now)
    item.refresh_from_db()
    return item
