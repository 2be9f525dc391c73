"""What refunds do when they hear of something."""

from uuid import UUID

from apps.payments.events import PaymentDisputed, RefundReported, RefundsChanged
from apps.refunds import services
from apps.refunds.dto import ReportedRefund
from apps.refunds.events import RefundApproved
from apps.shared import clock
from apps.shared.events import subscribe
from apps.shared.ids import parse_public_id


@subscribe(RefundApproved, queue="financial", outside=True)
def send_approved_refund(event: RefundApproved, *, key: str) -> None:
    """The money goes back. The provider's key is the refund's own, not this delivery's."""
    services.send_refund(refund_id=UUID(event.refund_id), now=clock.now())


@subscribe(RefundReported, queue="financial")
def apply_refund_of_provider(event: RefundReported) -> None:
    """What a webhook said of one refund."""
    reported = ReportedRefund(
        payment_id=UUID(event.payment_id),
        order_id=UUID(event.order_id),
        provider_reference=event.provider_reference,
        state=event.state,
        amount=event.amount,
        currency=event.currency,
        failure_code=event.failure_code,
        refund_id=parse_public_id("ref", event.refund),
    )
    services.apply_reported_refund(reported=reported, now=clock.now())


@subscribe(RefundsChanged, queue="financial", outside=True)
def sync_refunds_of_payment(event: RefundsChanged, *, key: str) -> None:
    """Ask which refund it was."""
    services.sync_refunds(
        payment_id=UUID(event.payment_id), order_id=UUID(event.order_id), now=clock.now()
    )


@subscribe(PaymentDisputed, queue="financial")
def book_changed_dispute(event: PaymentDisputed) -> None:
    """Money that was taken back leaves the books, and comes back to them with the money."""
    services.book_disputes(order_id=UUID(event.order_id), now=clock.now())
