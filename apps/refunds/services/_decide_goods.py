from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.refunds import selectors
from apps.refunds.dto import WantedLine
from apps.refunds.errors import RestockImpossible
from apps.refunds.goods import refuse_impossible_restock
from apps.refunds.models import Refund, RefundLine
from apps.refunds.states import BOOKED, RefundFlag, RefundStatus, Restock
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.ids import public_id
from apps.shared.states import InvalidTransition


@owns_transaction
def decide_goods(
    *, refund_id: UUID, choices: Mapping[UUID, Restock], why: str, now: datetime
) -> Refund:
    """Say, after a refund succeeded, what became of the goods of its lines; stock follows, once.

    `choices` is by order line. Open are lines that moved nothing: all of a refund flagged
    `stock_not_moved` (which this settles: what is not named stays where it is), else those that
    said `none`. Pieces that were neither sent nor released meanwhile are released, what came back
    later is put on the shelf.

    Raises RefundNotFound, InvalidTransition (it has not succeeded), RestockImpossible (also when
    nothing would change).
    """
    order = orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    if refund.status != RefundStatus.SUCCEEDED or refund.is_orphan:
        raise InvalidTransition("Its goods are decided on once it has succeeded.")
    was_flagged = refund.flag == RefundFlag.STOCK_NOT_MOVED
    lines = selectors.undecided_lines(refund=refund)
    wanted = [_as_chosen(line, choices) for line in lines]
    if not was_flagged and all(one.restock == Restock.NONE for one in wanted):
        raise RestockImpossible("Nothing was chosen that would move any goods.")
    refuse_impossible_restock(order=order, lines=wanted)
    before = {public_id("oli", line.order_line_id): str(line.restock) for line in lines}
    _move(refund, wanted, now)
    _write(refund, lines, wanted, why, now)
    if order.payment_status in BOOKED:
        order_services.finish_shipping(order_id=order.pk, now=now)
    record(
        action="refunds.goods_decided",
        target=Target("refund", refund.public_id),
        before={**before, "flagged": was_flagged},
        after={public_id("oli", one.order_line_id): str(one.restock) for one in wanted}
        | {"flagged": False},
        why=why,
        now=now,
    )
    return refund


def _as_chosen(line: RefundLine, choices: Mapping[UUID, Restock]) -> WantedLine:
    return WantedLine(
        order_line_id=line.order_line_id,
        quantity=line.quantity,
        restock=choices.get(line.order_line_id, Restock.NONE),
    )


def _move(refund: Refund, wanted: list[WantedLine], now: datetime) -> None:
    reference = Reference("refund", refund.public_id)
    for restock, move in (
        (Restock.RESERVED, inventory.release_line_stock),
        (Restock.RETURNED, inventory.return_stock),
    ):
        lines = [
            LineQuantity(one.order_line_id, one.quantity)
            for one in wanted
            if one.restock == restock
        ]
        if lines:
            move(order_id=refund.order_id, lines=lines, reference=reference, now=now)


def _write(
    refund: Refund, lines: list[RefundLine], wanted: list[WantedLine], why: str, now: datetime
) -> None:
    for line, one in zip(lines, wanted, strict=True):
        line.restock = one.restock
        line.save(update_fields=["restock"])
    if refund.flag == RefundFlag.STOCK_NOT_MOVED:
        refund.flag = RefundFlag.NONE
    # Not `updated_at`: it says when the money went, and the movements are looked for by it.
    refund.save(update_fields=["flag"])
    refund.events.create(step="goods_decided", actor=context.actor.get(), why=why[:500], at=now)
