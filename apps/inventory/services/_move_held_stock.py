import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.errors import (
    InsufficientStock,
    InvalidQuantity,
    NothingToRelease,
    NothingToReturn,
    NothingToShip,
)
from apps.inventory.models import Reservation
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.errors import Conflict
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)

HeldStep = Literal[MovementReason.RELEASE, MovementReason.SHIP, MovementReason.RETURN]


@dataclass(frozen=True)
class _Step:
    """One row of the table of stock steps (02-domain): what each piece does, and out of what."""

    on_hand: int
    reserved: int
    counter: str
    out_of: str
    refusal: type[Conflict]


_STEPS: dict[HeldStep, _Step] = {
    MovementReason.RELEASE: _Step(0, -1, "released", "open_quantity", NothingToRelease),
    MovementReason.SHIP: _Step(-1, -1, "shipped", "open_quantity", NothingToShip),
    MovementReason.RETURN: _Step(+1, 0, "returned", "returnable_quantity", NothingToReturn),
}


@joins_transaction
def move_held_stock(
    *,
    step: HeldStep,
    order_id: UUID,
    lines: Sequence[LineQuantity],
    reference: Reference,
    now: datetime,
) -> None:
    """Release, ship or take back pieces of an order's lines, at the locations that gave them.

    All lines or none. Never more than is held (release, ship) or was shipped and is not back yet
    (return) for a line (STOCK-003). Several locations: in the order of the reservation.

    Raises InvalidQuantity, NothingToRelease, NothingToShip, NothingToReturn (all logged),
    InsufficientStock when what is to be shipped is a backorder that has not come in.
    """
    rule = _STEPS[step]
    wanted: dict[UUID, int] = defaultdict(int)
    for line in lines:
        if line.quantity <= 0:
            raise InvalidQuantity(quantity=line.quantity)
        wanted[line.order_line_id] += line.quantity
    held = selectors.reservations_for_update(order_id=order_id)
    _refuse_excess(rule, order_id, wanted, held)
    taken = _take(rule, wanted, held)
    if rule.on_hand < 0:
        _refuse_what_is_not_there(taken)
    for reservation, quantity in taken:
        setattr(reservation, rule.counter, getattr(reservation, rule.counter) + quantity)
        reservation.save(update_fields=[rule.counter])
    moves = [
        Move(
            stock_item_id=reservation.stock_item_id,
            reason=step,
            on_hand=rule.on_hand * quantity,
            reserved=rule.reserved * quantity,
            reference_type=reference.kind,
            reference_id=reference.id,
        )
        for reservation, quantity in taken
    ]
    move_stock(moves=moves, now=now)


def _refuse_excess(
    rule: _Step, order_id: UUID, wanted: dict[UUID, int], held: list[Reservation]
) -> None:
    possible: dict[UUID, int] = defaultdict(int)
    for one in held:
        possible[one.order_line_id] += getattr(one, rule.out_of)
    for line_id, quantity in wanted.items():
        if quantity > possible[line_id]:
            refusal = rule.refusal(
                order=public_id("ord", order_id),
                line=public_id("oli", line_id),
                requested=quantity,
                possible=possible[line_id],
            )
            metrics.STOCK_STEPS_REFUSED.labels(rule.counter).inc()
            logger.error("stock.release_refused", extra={"step": rule.counter, **refusal.details})
            raise refusal


def _take(
    rule: _Step, wanted: dict[UUID, int], held: list[Reservation]
) -> list[tuple[Reservation, int]]:
    left = dict(wanted)
    taken = []
    for one in held:
        quantity = min(left.get(one.order_line_id, 0), getattr(one, rule.out_of))
        if quantity > 0:
            left[one.order_line_id] -= quantity
            taken.append((one, quantity))
    return taken


def _refuse_what_is_not_there(taken: list[tuple[Reservation, int]]) -> None:
    leaving: dict[int, int] = defaultdict(int)
    for one, quantity in taken:
        leaving[one.stock_item_id] += quantity
        if leaving[one.stock_item_id] > (there := one.stock_item.on_hand):
            raise InsufficientStock(
                "Sold before it came in: there is less on hand than was to be shipped.",
                variant=public_id("var", one.stock_item.variant_id),
                requested=leaving[one.stock_item_id],
                available=there,
            )
