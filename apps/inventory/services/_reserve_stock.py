import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.errors import InsufficientStock
from apps.inventory.models import Reservation, StockItem
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Demand:
    """What one order line needs."""

    order_line_id: UUID
    product_id: UUID
    variant_id: UUID
    quantity: int


@joins_transaction
def reserve_stock(*, order_id: UUID, demands: list[Demand], now: datetime) -> None:
    """Hold stock for all lines of an order, or for none (STOCK-002).

    Rows are locked in primary-key order, so two orders never wait for each other in a ring.
    Locations give in order of their priority; one line may be taken from several.

    Raises InsufficientStock, naming every variant that is short.
    """
    items = selectors.stock_items_for_update(variant_ids={one.variant_id for one in demands})
    by_variant: dict[UUID, list[StockItem]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (item.location.priority, item.pk)):
        by_variant[item.variant_id].append(item)
    _refuse_shortage(demands, by_variant)
    held = [
        (one, item, taken)
        for one in demands
        for item, taken in _take(by_variant[one.variant_id], one.quantity)
    ]
    moves = [
        Move(
            stock_item_id=item.pk,
            reason=MovementReason.RESERVE,
            reserved=taken,
            reference_type="order",
            reference_id=str(order_id),
        )
        for _, item, taken in held
    ]
    move_stock(moves=moves, now=now)
    Reservation.objects.bulk_create(
        Reservation(
            order_id=order_id,
            order_line_id=one.order_line_id,
            stock_item=item,
            quantity=taken,
            created_at=now,
        )
        for one, item, taken in held
    )


def _sellable(item: StockItem) -> int:
    return item.available + item.backorder_limit


def _refuse_shortage(demands: list[Demand], by_variant: dict[UUID, list[StockItem]]) -> None:
    wanted: dict[UUID, int] = defaultdict(int)
    product_of = {one.variant_id: one.product_id for one in demands}
    for one in demands:
        wanted[one.variant_id] += one.quantity
    short = [
        {
            "product": public_id("prd", product_of[variant_id]),
            "variant": public_id("var", variant_id),
            "requested": quantity,
            "available": max(available, 0),
        }
        for variant_id, quantity in wanted.items()
        if (available := sum(map(_sellable, by_variant[variant_id]))) < quantity
    ]
    if short:
        metrics.STOCK_RESERVATION_FAILURES.inc()
        logger.warning("stock.insufficient", extra={"items": short})
        raise InsufficientStock("", **short[0], items=short)


def _take(items: list[StockItem], quantity: int) -> list[tuple[StockItem, int]]:
    """Split `quantity` over items with real stock first, then over what may be backordered."""
    taken: dict[int, int] = defaultdict(int)
    for capacity in (lambda item: item.available, _sellable):
        for item in items:
            amount = min(max(capacity(item), 0), quantity)
            item.reserved += amount
            taken[item.pk] += amount
            quantity -= amount
    return [(item, taken[item.pk]) for item in items if taken[item.pk]]
