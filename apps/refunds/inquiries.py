"""Which refunds, and orders with refunds, look wrong: candidates, to be looked at one by one."""

from datetime import datetime
from uuid import UUID

from apps.finance import selectors as books
from apps.inventory import selectors as stock
from apps.orders import selectors as orders
from apps.orders.states import PaymentStatus
from apps.refunds import selectors
from apps.shared.ids import public_id

_BATCH = 1000


def orders_whose_totals_disagree() -> list[UUID]:
    """Orders of which refunds, books and payment status say different things. Three statements."""
    given, booked = selectors.given_back_by_order(), books.given_back_by_order()
    states = orders.payment_states(order_ids={*given, *booked})
    return sorted(
        order_id
        for order_id, (status, total) in states.items()
        if given.get(order_id, 0) != booked.get(order_id, 0)
        or status != status_for(given.get(order_id, 0), total)
    )


def refunds_without_their_stock(*, now: datetime) -> list[UUID]:
    """Refunds that succeeded and are flagged, or in whose name nothing moved (STOCK-005)."""
    candidates = list(selectors.refunds_whose_stock_may_lack(now=now).items())
    found = []
    for begin in range(0, len(candidates), _BATCH):
        batch = candidates[begin : begin + _BATCH]
        names = [public_id("ref", key) for key, _ in batch]
        moved = stock.pieces_moved_for(kind="refund", ids=names)
        found += [key for key, flagged in batch if flagged or public_id("ref", key) not in moved]
    return found


def status_for(given_back: int, total: int) -> PaymentStatus:
    """What a paid order is to say when so much of it was given back (REF-007)."""
    if given_back == 0:
        return PaymentStatus.PAID
    return PaymentStatus.REFUNDED if given_back == total else PaymentStatus.PARTIALLY_REFUNDED
