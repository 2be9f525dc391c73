"""What figures hear of; orders that are placed tell nobody.

See docs/adr/0026-figures-are-recounted.md.
"""

from datetime import datetime
from uuid import UUID

from apps.orders.events import OrderPaid
from apps.refunds.events import RefundReversed, RefundSucceeded
from apps.reports import services
from apps.shared.events import subscribe


@subscribe(OrderPaid, queue="bulk")
def touch_day_of_paid_order(event: OrderPaid) -> None:
    services.touch_day(at=datetime.fromisoformat(event.paid_at))


@subscribe(RefundSucceeded, queue="bulk")
def touch_day_of_refund(event: RefundSucceeded) -> None:
    services.touch_days_of_refund(refund_id=UUID(event.refund_id))


@subscribe(RefundReversed, queue="bulk")
def touch_days_of_reversed_refund(event: RefundReversed) -> None:
    services.touch_days_of_refund(refund_id=UUID(event.refund_id))
