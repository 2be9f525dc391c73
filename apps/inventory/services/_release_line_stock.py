from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.services._move_held_stock import move_held_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction


@joins_transaction
def release_line_stock(
    *, order_id: UUID, lines: Sequence[LineQuantity], reference: Reference, now: datetime
) -> None:
    """Give pieces of an order's lines back to be sold: they will not be shipped (STOCK-003).

    The caller holds the order's lock. All lines or none.

    Raises InvalidQuantity, NothingToRelease (logged).
    """
    move_held_stock(
        step=MovementReason.RELEASE, order_id=order_id, lines=lines, reference=reference, now=now
    )
