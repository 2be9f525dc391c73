from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.services._move_held_stock import move_held_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction


@joins_transaction
def ship_stock(
    *, order_id: UUID, lines: Sequence[LineQuantity], reference: Reference, now: datetime
) -> None:
    """Pieces of an order's lines leave the house (STOCK-003).

    The caller holds the order's lock. All lines or none.

    Raises InvalidQuantity, NothingToShip (logged), InsufficientStock (a backorder that has not
    come in).
    """
    move_held_stock(
        step=MovementReason.SHIP, order_id=order_id, lines=lines, reference=reference, now=now
    )
