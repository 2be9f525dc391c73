"""Razorpay's refunds in our words.

Source: https://razorpay.com/docs/api/refunds/. A refund is one of a payment; its idempotency key is
at least ten letters, digits, hyphens and underscores.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState, RefundRequest
from apps.payments.gateways.razorpay.amounts import AMOUNTS
from apps.payments.gateways.razorpay.calls import razorpay_call
from apps.payments.gateways.razorpay.intents import notes_of, payments_of

if TYPE_CHECKING:
    from razorpay import Client

_STATES = {"processed": ProviderRefundState.SUCCEEDED, "failed": ProviderRefundState.FAILED}
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_-]")
_PAGE = 100  # Razorpay's longest


def create(api: "Client", request: RefundRequest, *, key: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    try:
        amount = AMOUNTS.to_provider(request.amount, request.currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    payment = request.capture_reference or _captured(api, request.payment_reference)
    made = razorpay_call(
        lambda: api.payment.refund(
            payment,
            {"amount": amount, "notes": request.metadata},
            headers={"X-Refund-Idempotency": _NOT_IN_KEYS.sub("-", key)},
        )
    )
    return refund(made)


def fetch(api: "Client", reference: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    return refund(razorpay_call(lambda: api.refund.fetch(reference)))


def listed(api: "Client", payment_reference: str) -> list[ProviderRefund]:
    """Those of every payment of an order, oldest first. Raises ProviderUnavailable,
    ProviderRefused."""
    found: list[Mapping[str, Any]] = []
    for payment in payments_of(api, payment_reference):
        if payment["captured"]:
            found += _of_payment(api, payment["id"])
    return [refund(one) for one in sorted(found, key=lambda one: one["created_at"])]


def refund(source: Mapping[str, Any], payment_reference: str = "") -> ProviderRefund:
    """Razorpay's entity in our words; without `payment_reference` its payment stands for it."""
    return ProviderRefund(
        reference=source["id"],
        payment_reference=payment_reference or source["payment_id"],
        state=_STATES.get(source["status"], ProviderRefundState.PENDING),
        amount=AMOUNTS.from_provider(source["amount"], source["currency"]),
        currency=source["currency"],
        failure_code="refund_failed" if source["status"] == "failed" else "",
        metadata=notes_of(source),
        at=datetime.fromtimestamp(source["created_at"], UTC),
    )


def _of_payment(api: "Client", payment: str) -> list[Mapping[str, Any]]:
    """The newest first, as Razorpay lists them, turned round."""
    found = razorpay_call(lambda: api.payment.fetch_multiple_refund(payment, {"count": _PAGE}))
    return list(reversed(found["items"]))


def _captured(api: "Client", payment_reference: str) -> str:
    for payment in payments_of(api, payment_reference):
        if payment["captured"]:
            return str(payment["id"])
    raise ProviderRefused("Nothing was captured.", reason="nothing_captured")
