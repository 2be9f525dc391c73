from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderRefund, RefundRequest
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id
from apps.shared.schema import current_schema


@outside_transaction
def request_provider_refund(
    *, payment_id: UUID, refund_id: UUID, amount: int, currency: str, key: str, is_repeated: bool
) -> ProviderRefund:
    """Ask the provider to give `amount` of a payment back (PAY-005).

    The key is made from the refund, so that asking again after a timeout or a crash finds the
    refund that the first call made (PAY-004). Providers forget keys after a day: a repetition looks
    for the refund by the id that was sent along before it asks.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=payment_id)
    line = line_to(selectors.account_of(provider=intent.provider))
    if not intent.provider_reference:
        raise PaymentNotFound
    ours = {"tenant": current_schema(), "refund": public_id("ref", refund_id)}
    if is_repeated:
        for known in line.refunds_of_payment(intent.provider_reference):
            if ours.items() <= dict(known.metadata).items():
                return known
    request = RefundRequest(
        payment_reference=intent.provider_reference,
        capture_reference=intent.capture_reference,
        amount=amount,
        currency=currency,
        metadata={**ours, "order": public_id("ord", intent.order_id)},
    )
    return line.create_refund(request, key=key)
