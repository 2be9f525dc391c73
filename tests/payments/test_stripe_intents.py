"""What the states of a PaymentIntent mean to us (docs.stripe.com/payments/paymentintents)."""

import pytest

from apps.payments.gateways.base import ProviderState
from apps.payments.gateways.stripe.intents import intent


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("requires_payment_method", ProviderState.OPEN),
        ("requires_confirmation", ProviderState.OPEN),
        ("requires_action", ProviderState.OPEN),
        ("requires_capture", ProviderState.AUTHORIZED),
        ("processing", ProviderState.UNDER_WAY),
        ("canceled", ProviderState.CANCELLED),
        ("succeeded", ProviderState.SUCCEEDED),
    ],
)
def test_each_state_of_stripe_is_one_of_ours(status: str, state: ProviderState) -> None:
    """ORDER-005: only `succeeded` means that money was taken."""
    source = {"id": "pi_1", "status": status, "currency": "usd", "amount_received": 0}
    assert intent(source).state is state
