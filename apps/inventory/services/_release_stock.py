from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared.db import joins_transaction


@joins_transaction
def release_stock(*, order_id: UUID, now: datetime) -> int:
    """Give back all that an order still holds; returns how many units.

    A second call finds nothing to do: what is released is what is open (STOCK-003).
    """
    held = selectors.open_reservations_for_update(order_id=order_id)
    moves = []
    for reservation in held:
        quantity = reservation.open_quantity
        moves.append(
            Move(
                stock_item_id=reservation.stock_item_id,
                reason=MovementReason.RELEASE,
                reserved=-quantity,
                reference_type="order",
                reference_id=str(order_id),
            )
        )
        reservation.released += quantity
        reservation.save(update_fields=["released"])
    move_stock(moves=moves, now=now)
    return -sum(move.reserved for move in moves)
