"""PayPal's refunds in our words.

Source: https://developer.paypal.com/docs/api/payments/v2/#captures_refund. A refund is one of a
capture; the order lists those of its captures.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState, RefundRequest
from apps.payments.gateways.paypal import intents
from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.calls import paypal_call
from apps.payments.gateways.paypal.metadata import packed, unpacked

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

_STATES = {
    "COMPLETED": ProviderRefundState.SUCCEEDED,
    "FAILED": ProviderRefundState.FAILED,
    "CANCELLED": ProviderRefundState.FAILED,
}


def create(api: "PaypalServersdkClient", request: RefundRequest, *, key: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    from paypalserversdk.models.money import Money
    from paypalserversdk.models.refund_request import RefundRequest as Body

    try:
        value = AMOUNTS.to_provider(request.amount, request.currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    capture = request.capture_reference or _capture_of(api, request.payment_reference)
    body = Body(
        amount=Money(currency_code=request.currency, value=value),
        custom_id=packed(request.metadata),
    )
    made = paypal_call(
        lambda: api.payments.refund_captured_payment(
            {
                "capture_id": capture,
                "paypal_request_id": key,
                "prefer": "return=representation",
                "body": body,
            }
        )
    )
    return refund(made)


def fetch(api: "PaypalServersdkClient", reference: str) -> ProviderRefund:
    """Raises ProviderUnavailable, ProviderRefused."""
    return refund(paypal_call(lambda: api.payments.get_refund({"refund_id": reference})))


def listed(api: "PaypalServersdkClient", payment_reference: str) -> list[ProviderRefund]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""
    unit = intents.order(api, payment_reference)["purchase_units"][0]
    found = [refund(one) for one in unit.get("payments", {}).get("refunds", [])]
    return sorted(found, key=lambda one: (one.at is not None, one.at))


def refund(source: Mapping[str, Any]) -> ProviderRefund:
    """PayPal's object in our words; the capture stands for the payment."""
    currency = source["amount"]["currency_code"]
    made = source.get("create_time")
    return ProviderRefund(
        reference=source["id"],
        payment_reference=capture_in(source),
        state=_STATES.get(source["status"], ProviderRefundState.PENDING),
        amount=AMOUNTS.from_provider(source["amount"]["value"], currency),
        currency=currency,
        failure_code=_reason(source),
        metadata=unpacked(source),
        at=datetime.fromisoformat(made) if made else None,
    )


def capture_in(source: Mapping[str, Any]) -> str:
    """Of which capture a refund is: the link `up` ends with its id."""
    links = {one["rel"]: one["href"] for one in source.get("links", [])}
    return str(links.get("up", "")).rpartition("/")[2]


def _reason(source: Mapping[str, Any]) -> str:
    if source["status"] not in ("FAILED", "CANCELLED"):
        return ""
    details = source.get("status_details") or {}
    return str(details.get("reason") or source["status"]).lower()


def _capture_of(api: "PaypalServersdkClient", payment_reference: str) -> str:
    found = intents.fetch(api, payment_reference).capture_reference
    if not found:
        raise ProviderRefused("Nothing was captured.", reason="nothing_captured")
    return found
