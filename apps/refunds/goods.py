"""What may become of a refund's goods: released while held, taken back once sent.

`reserved` and `returned` are promises about pieces. What refunds under way have promised already is
not there for another one; what neither was sent nor is held any more cannot come back (STOCK-003).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Sum

from apps.inventory import selectors as stock
from apps.inventory.dto import Goods
from apps.refunds.dto import WantedLine
from apps.refunds.errors import RestockImpossible
from apps.refunds.models import RefundLine
from apps.refunds.states import IN_FLIGHT, Restock
from apps.shared.ids import public_id

if TYPE_CHECKING:
    from apps.orders.models import Order

_NOWHERE = Goods()


def pieces_to_be_released(*, order_id: UUID) -> dict[UUID, int]:
    """Pieces by line that refunds under way will release: they must not be sent. One statement."""
    promised = _promised(order_id, None)
    return {line_id: by[Restock.RESERVED] for line_id, by in promised.items()}


def goods_left(*, order_id: UUID, besides: UUID | None = None) -> dict[UUID, Goods]:
    """Where the pieces of each line are that no refund under way, other than `besides`, speaks for.

    Two statements.
    """
    promised = _promised(order_id, besides)
    return {
        line_id: Goods(
            held=max(goods.held - promised[line_id][Restock.RESERVED], 0),
            sent=max(goods.sent - promised[line_id][Restock.RETURNED], 0),
        )
        for line_id, goods in stock.goods_of_order(order_id=order_id).items()
    }


def refuse_impossible_restock(
    *, order: "Order", lines: Iterable[WantedLine], besides: UUID | None = None
) -> None:
    """The caller holds the order's lock. Raises RestockImpossible."""
    chosen = [line for line in lines if line.restock != Restock.NONE]
    if not chosen:
        return
    left = goods_left(order_id=order.pk, besides=besides)
    titles = {line.pk: line.title for line in order.lines.all()}
    for line in chosen:
        goods = left.get(line.order_line_id, _NOWHERE)
        possible = goods.held if line.restock == Restock.RESERVED else goods.sent
        if line.quantity > possible:
            raise RestockImpossible(
                _why(line, possible, titles.get(line.order_line_id, "")),
                line=public_id("oli", line.order_line_id),
                restock=str(line.restock),
                requested=line.quantity,
                possible=possible,
            )


def _why(line: WantedLine, possible: int, title: str) -> str:
    if line.restock == Restock.RESERVED:
        return (
            f"{line.quantity} of “{title}” cannot be released: {possible} are held and not spoken "
            "for. What was sent can come back, or stay where it is."
        )
    return (
        f"{line.quantity} of “{title}” cannot have come back: {possible} were sent and are not "
        "back yet. What was not sent can be released, or stay where it is."
    )


def _promised(order_id: UUID, besides: UUID | None) -> dict[UUID, dict[str, int]]:
    rows = RefundLine.objects.filter(refund__order_id=order_id, refund__status__in=IN_FLIGHT)
    if besides is not None:
        rows = rows.exclude(refund_id=besides)
    promised: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Restock.values, 0))
    sums = rows.order_by().values_list("order_line_id", "restock").annotate(pieces=Sum("quantity"))
    for line_id, restock, pieces in sums:
        promised[line_id][restock] += pieces
    return promised
