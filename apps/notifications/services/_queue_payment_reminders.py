import logging
from datetime import datetime, timedelta

from apps.notifications import selectors
from apps.notifications.dto import dedupe_key_of
from apps.notifications.services._queue_payment_reminder import KIND, queue_payment_reminder
from apps.orders import selectors as orders
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError
from apps.shop import selectors as shop

logger = logging.getLogger(__name__)
_MOST_LOOKED_AT = 10_000


@outside_transaction
def queue_payment_reminders(*, now: datetime, most: int) -> int:
    """Remind the buyers of orders that expire before long, as the shop's settings say.

    Never in the first half of an order's time. Each order once, however often and by however many
    this is run; at most `most` now, the most urgent first. Returns how many.
    """
    settings = shop.shop_settings()
    expiry = timedelta(minutes=settings.order_expiry_minutes)
    within = min(timedelta(minutes=settings.payment_reminder_minutes), expiry / 2)
    if not within:
        return 0
    due = orders.orders_about_to_expire(
        now=now, within=within, expiry=expiry, limit=_MOST_LOOKED_AT
    )
    keys = {order_id: dedupe_key_of(KIND, order_id) for order_id in due}
    reminded = selectors.keys_in_use(dedupe_keys=keys.values()) if keys else set()
    queued = 0
    for order_id in [one for one in due if keys[one] not in reminded][:most]:
        try:
            queued += queue_payment_reminder(order_id=order_id, now=now) is not None
        except DomainError:
            logger.exception("reminder.failed", extra={"order_id": str(order_id)})
    return queued
