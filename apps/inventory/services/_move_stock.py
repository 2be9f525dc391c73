from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from apps.inventory.models import StockItem, StockMovement
from apps.inventory.states import MovementReason
from apps.shared import context
from apps.shared.db import joins_transaction


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of one stock item and why."""

    stock_item_id: int
    reason: MovementReason
    on_hand: int = 0
    reserved: int = 0
    reference_type: str
    reference_id: str


@joins_transaction
def move_stock(*, moves: list[Move], now: datetime) -> None:
    """Change stock items and write a movement for each change (STOCK-004).

    The only code that changes quantities. The caller holds the rows' locks, taken in primary-key
    order; the check constraints have the last word (STOCK-001).
    """
    for move in moves:
        StockItem.objects.filter(pk=move.stock_item_id).update(
            on_hand=F("on_hand") + move.on_hand,
            reserved=F("reserved") + move.reserved,
            updated_at=now,
        )
    StockMovement.objects.bulk_create(
        StockMovement(
            stock_item_id=move.stock_item_id,
            reason=move.reason,
            on_hand_delta=move.on_hand,
            reserved_delta=move.reserved,
            reference_type=move.reference_type,
            reference_id=move.reference_id,
            actor=context.actor.get(),
            created_at=now,
        )
        for move in moves
    )
