from datetime import datetime

from apps.orders import selectors
from apps.orders.services._expire_order import expire_order
from apps.shared.db import outside_transaction

_BATCH = 200


@outside_transaction
def expire_orders(*, now: datetime, most: int) -> int:
    """Expire the shop's unpaid orders whose time is up, each in its own transaction, oldest first.

    At most `most`, so that one shop does not hold up the others; the next run goes on from there.
    Returns how many. Any number of these may run at once: each order expires once.
    """
    expired = 0
    for begin in range(0, most, _BATCH):
        due = selectors.orders_past_their_time(now=now, limit=min(_BATCH, most - begin))
        closed = sum(expire_order(order_id=order_id, now=now) for order_id in due)
        expired += closed
        if not closed or len(due) < _BATCH:
            break
    return expired
