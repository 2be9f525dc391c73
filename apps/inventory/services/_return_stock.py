from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.services._move_held_stock import move_held_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction


@joins_transaction
def return_stock(
    *, order_id: UUID, lines: Sequence[LineQuantity], reference: Reference, now: datetime
) -> None:
    """Pieces that were shipped came back and can be sold again, each once (STOCK-003, STOCK-005).

    The caller holds the order's lock. All lines or none.

    Raises InvalidQuantity, NothingToReturn (logged).
    """
    move_held_stock(
        step=MovementReason.RETURN, order_id=order_id, lines=lines, reference=reference, now=now
    )
