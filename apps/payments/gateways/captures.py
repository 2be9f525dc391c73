"""What a capture may amount to."""

from apps.payments.gateways.registry import provider_of
from apps.payments.models import PaymentIntent


def pays(intent: PaymentIntent, *, amount: int, currency: str) -> bool:
    """Whether so much that was taken pays what an intent collects.

    All of it does. A part does where the shop captures by hand, at a provider that captures a part
    and frees the rest: whoever took less, here or at the provider, has settled for that.
    """
    if currency != intent.currency:
        return False
    if amount == intent.amount:
        return True
    is_part = intent.is_captured_by_hand and 0 < amount < intent.amount
    return is_part and provider_of(intent.provider).capabilities.supports_partial_capture
