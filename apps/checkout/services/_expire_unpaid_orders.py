import time
from datetime import datetime

from apps.checkout.dto import Expiry, ExpiryRun
from apps.checkout.services._expire_unpaid_order import expire_unpaid_order
from apps.orders import selectors as orders
from apps.shared.db import outside_transaction

_BATCH = 200


@outside_transaction
def expire_unpaid_orders(
    *, now: datetime, most: int, asks: bool = True, longest: float = float("inf")
) -> ExpiryRun:
    """Expire the shop's unpaid orders whose time is up, each by itself, oldest first.

    At most `most` are looked at, for `longest` seconds, so that one shop does not hold up the
    others; the next run goes on from there. Any number of these may run at once: each order expires
    once. After the provider's first silence it is not asked again in this run (`asks`: not at all);
    orders that it would have to be asked about wait.
    """
    begun = time.monotonic()
    looked = closed = 0
    was_silent = False
    while looked < most:
        due = orders.orders_past_their_time(now=now, limit=min(_BATCH, most - looked))
        for order_id in due:
            if time.monotonic() - begun > longest:
                return ExpiryRun(closed=closed, was_silent=was_silent)
            found = expire_unpaid_order(order_id=order_id, asks=asks and not was_silent, now=now)
            closed += found is Expiry.EXPIRED
            was_silent = was_silent or (asks and found is Expiry.UNKNOWN)
        looked += len(due)
        if len(due) < _BATCH:
            break
    return ExpiryRun(closed=closed, was_silent=was_silent)
