from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds.dto import Wanted
from apps.refunds.models import Refund
from apps.refunds.services._open_refund import open_refund
from apps.shared.db import owns_transaction


@owns_transaction
def request_refund(*, order_id: UUID, wanted: Wanted, now: datetime) -> Refund:
    """Ask for money of an order to be given back: goods, shipping, any amount, or all of these.

    A refund of more than the shop's threshold waits for a second person (REF-005); any other is
    approved at once, and sent to the provider by a worker.

    Raises OrderNotFound, NotRefundable (REF-001), RefundAmountInvalid (REF-002),
    RefundExceedsCaptured (REF-003), RefundQuantityInvalid, RefundLineUnknown.
    """
    order = orders.order_for_update(order_id=order_id)
    return open_refund(order=order, wanted=wanted, now=now)
