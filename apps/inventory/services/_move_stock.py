from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.inventory.events import StockRanLow
from apps.inventory.models import StockMovement
from apps.inventory.states import MovementReason, runs_low
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit_all import emit_all
from apps.shared.schema import current_schema


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of one stock item and why."""

    stock_item_id: int
    reason: MovementReason
    on_hand: int = 0
    reserved: int = 0
    reference_type: str
    reference_id: str


@dataclass(frozen=True)
class _Changed:
    """A stock item after its change."""

    id: int
    variant_id: UUID
    location_id: UUID
    available: int
    low_stock_threshold: int


@joins_transaction
def move_stock(*, moves: list[Move], now: datetime) -> None:
    """Change stock items and write a movement for each change (STOCK-004).

    The only code that changes quantities; two statements, however many moves, and a few more when
    something runs low. The caller holds the rows' locks, taken in primary-key order; the check
    constraints have the last word (STOCK-001).
    """
    if not moves:
        return
    deltas: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for move in moves:
        on_hand, reserved = deltas[move.stock_item_id]
        deltas[move.stock_item_id] = (on_hand + move.on_hand, reserved + move.reserved)
    changed = _change(deltas, now)
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
    emit_all(_ran_low(changed, deltas), now=now)


def _change(deltas: Mapping[int, tuple[int, int]], now: datetime) -> list[_Changed]:
    """One statement for all rows: the ORM's has one branch for each."""
    schema = connection.ops.quote_name(current_schema())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {schema}.inventory_stockitem AS item
            SET on_hand = item.on_hand + delta.on_hand,
                reserved = item.reserved + delta.reserved,
                updated_at = %s
            FROM unnest(%s::bigint[], %s::integer[], %s::integer[])
                AS delta (id, on_hand, reserved)
            WHERE item.id = delta.id
            RETURNING item.id, item.variant_id, item.location_id,
                item.on_hand - item.reserved, item.low_stock_threshold
            """,  # noqa: S608 - the schema's name, quoted
            [now, list(deltas), [d[0] for d in deltas.values()], [d[1] for d in deltas.values()]],
        )
        return [_Changed(*row) for row in cursor.fetchall()]


def _ran_low(changed: list[_Changed], deltas: Mapping[int, tuple[int, int]]) -> list[StockRanLow]:
    found = []
    for item in sorted(changed, key=lambda item: item.id):
        on_hand, reserved = deltas[item.id]
        before = item.available - on_hand + reserved
        if runs_low(before=before, after=item.available, threshold=item.low_stock_threshold):
            found.append(
                StockRanLow(
                    stock_item_id=item.id,
                    variant_id=str(item.variant_id),
                    location_id=str(item.location_id),
                    available=item.available,
                    threshold=item.low_stock_threshold,
                )
            )
    return found
