"""Stripe's refunds in our words.

Source: https://docs.stripe.com/api/refunds/object. A card refund is `succeeded` at once and may
become `failed` weeks later; `pending` ones are decided by the bank. What is left of a hold after a
capture of less, or a cancellation, Stripe lists as a refund too: it moved nothing on the balance.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState, RefundRequest
from apps.payments.gateways.stripe.amounts import AMOUNTS
from apps.payments.gateways.stripe.calls import stripe_call

_STATES = {
    "succeeded": ProviderRefundState.SUCCEEDED,
    "failed": ProviderRefundState.FAILED,
    "canceled": ProviderRefundState.FAILED,
}
_PAGE = 100  # Stripe's longest


def create(api: stripe.StripeClient, request: RefundRequest, *, key: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    try:
        amount = AMOUNTS.to_provider(request.amount, request.currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error)) from None
    made = stripe_call(
        lambda: api.v1.refunds.create(
            {
                "payment_intent": request.payment_reference,
                "amount": amount,
                "metadata": request.metadata,
            },
            {"idempotency_key": key},
        )
    )
    return refund(made.to_dict())


def fetch(api: stripe.StripeClient, reference: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    return refund(stripe_call(lambda: api.v1.refunds.retrieve(reference)).to_dict())


def listed(api: stripe.StripeClient, payment_reference: str) -> list[ProviderRefund]:
    """Oldest first; Stripe lists the newest first. Raises ProviderUnavailable, ProviderRefused."""

    def all_pages() -> list[stripe.Refund]:
        first = api.v1.refunds.list({"payment_intent": payment_reference, "limit": _PAGE})
        return list(first.auto_paging_iter())

    found = [one.to_dict() for one in reversed(stripe_call(all_pages))]
    return [refund(one) for one in found if not is_release(one)]


def is_release(source: Mapping[str, Any]) -> bool:
    """Whether it only freed what was held, and never taken."""
    return source["status"] == "succeeded" and source.get("balance_transaction", "") is None


def refund(source: Mapping[str, Any]) -> ProviderRefund:
    """Stripe's object in our words."""
    currency = source["currency"].upper()
    return ProviderRefund(
        reference=source["id"],
        payment_reference=source.get("payment_intent") or "",
        state=_STATES.get(source["status"], ProviderRefundState.PENDING),
        amount=AMOUNTS.from_provider(source["amount"], currency),
        currency=currency,
        failure_code=source.get("failure_reason") or "",
        metadata=dict(source.get("metadata") or {}),
        at=datetime.fromtimestamp(source["created"], UTC) if "created" in source else None,
    )
