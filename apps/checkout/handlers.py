"""What checkout does when it hears of something."""

from uuid import UUID

from apps.checkout import services
from apps.payments.events import (
    PaymentAuthorized,
    PaymentCancelled,
    PaymentChanged,
    PaymentSucceeded,
)
from apps.shared import clock
from apps.shared.events import subscribe


@subscribe(PaymentSucceeded, queue="financial")
def settle_succeeded_payment(event: PaymentSucceeded) -> None:
    """The order is paid, and the books say so."""
    services.settle_payment(
        order_id=UUID(event.order_id),
        payment_id=UUID(event.payment_id),
        amount=event.amount,
        currency=event.currency,
        released_amount=event.released_amount,
        now=clock.now(),
    )


@subscribe(PaymentChanged, queue="financial", outside=True)
def ask_about_changed_payment(event: PaymentChanged, *, key: str) -> None:
    """Ask the provider, and capture what the shopper agreed to; asking twice changes nothing."""
    services.sync_payment(payment_id=UUID(event.payment_id), now=clock.now())


@subscribe(PaymentAuthorized, queue="financial")
def keep_order_until_capture(event: PaymentAuthorized) -> None:
    """Money that is taken by hand may be taken days later."""
    if event.is_captured_by_hand:
        services.await_capture(
            order_id=UUID(event.order_id), payment_id=UUID(event.payment_id), now=clock.now()
        )


@subscribe(PaymentCancelled, queue="financial")
def shorten_wait_for_voided_payment(event: PaymentCancelled) -> None:
    """What was agreed to is void: the shopper has the usual time to pay in another way."""
    if event.was_authorized:
        services.await_another_payment(order_id=UUID(event.order_id), now=clock.now())


@subscribe(PaymentAuthorized, queue="financial", outside=True)
def capture_authorized_payment(event: PaymentAuthorized, *, key: str) -> None:
    """Take the money at once, while the order wants it, unless the shop does so by hand."""
    if not event.is_captured_by_hand:
        services.sync_payment(payment_id=UUID(event.payment_id), now=clock.now())
