"""What payments does when it hears of something."""

from uuid import UUID

from apps.orders.events import OrderCancelled, OrderExpired
from apps.payments import selectors, services
from apps.payments.events import DisputeReported, PaymentCaptureRequested, ProviderEventReceived
from apps.shared import clock
from apps.shared.events import subscribe


@subscribe(ProviderEventReceived, queue="financial")
def apply_stored_provider_event(event: ProviderEventReceived) -> None:
    """Do what the webhook says."""
    services.apply_provider_event(provider_event_id=event.provider_event_id, now=clock.now())


@subscribe(PaymentCaptureRequested, queue="financial", outside=True)
def capture_payment_as_requested(event: PaymentCaptureRequested, *, key: str) -> None:
    """Take the money."""
    services.carry_out_capture(
        intent_id=UUID(event.payment_id), capture_id=event.capture_id, now=clock.now()
    )


@subscribe(DisputeReported, queue="financial", outside=True)
def ask_about_reported_dispute(event: DisputeReported, *, key: str) -> None:
    """Ask the provider; asking twice changes nothing."""
    provider = selectors.intent_by_id(intent_id=UUID(event.payment_id)).provider
    services.sync_dispute(provider=provider, reference=event.reference, now=clock.now())


@subscribe(OrderCancelled, queue="financial", outside=True)
def give_up_payment_of_cancelled_order(event: OrderCancelled, *, key: str) -> None:
    """Nobody is to pay for it any more. The provider's key is made from the payment (PAY-004)."""
    services.cancel_payment_of_order(order_id=UUID(event.order_id), now=clock.now())


@subscribe(OrderExpired, queue="financial", outside=True)
def give_up_payment_of_expired_order(event: OrderExpired, *, key: str) -> None:
    """Nobody is to pay for it any more. The provider's key is made from the payment (PAY-004)."""
    services.cancel_payment_of_order(order_id=UUID(event.order_id), now=clock.now())
