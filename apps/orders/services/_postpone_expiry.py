import logging
from datetime import datetime, timedelta
from uuid import UUID

from apps.orders import selectors
from apps.orders.states import UNPAID
from apps.shared.db import owns_transaction
from apps.shop import selectors as shop

logger = logging.getLogger(__name__)


@owns_transaction
def postpone_expiry(
    *, order_id: UUID, pause: timedelta, at_most: timedelta, why: str, now: datetime
) -> bool:
    """Let an unpaid order whose time is up live on for a `pause`: its payment may yet be taken.

    At most so long after it should have expired. True when it is not to be expired now: postponed,
    by this call or another one, or paid or closed meanwhile.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    if order.status not in UNPAID or order.expires_at > now:
        return True
    minutes = shop.shop_settings().order_expiry_minutes
    last = order.placed_at + timedelta(minutes=minutes) + at_most
    if now >= last:
        return False
    order.expires_at = min(now + pause, last)
    order.save(update_fields=["expires_at"])
    logger.info("order.expiry_postponed", extra={"order": order.public_id, "reason": why})
    return True
