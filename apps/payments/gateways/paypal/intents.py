"""PayPal's orders in our words.

Source: https://developer.paypal.com/docs/api/orders/v2/. An order is made by us, APPROVED by its
payer, and captured by us, once: only then is money taken. One whose shop captures by hand is
authorized in between (`authorizations.py`). An order that holds nothing is given up by leaving it
alone; PayPal forgets it after some hours.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import IntentRequest, ProviderIntent, ProviderState
from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.calls import paypal_call
from apps.payments.gateways.paypal.metadata import packed, unpacked

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

_TAKEN = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
_FAILED = ("DECLINED", "FAILED", "DENIED")
_ALL = "return=representation"
_HELD_STATES = {
    "CREATED": ProviderState.AUTHORIZED,
    "PENDING": ProviderState.UNDER_WAY,
    "VOIDED": ProviderState.CANCELLED,
    "DENIED": ProviderState.CANCELLED,
    # Of those with captures, whose captures were all declined.
    "CAPTURED": ProviderState.CANCELLED,
    "PARTIALLY_CAPTURED": ProviderState.AUTHORIZED,
}
# Of a capture that was refused, and changed nothing: the order says how it stands.
_STANDS_AS_IT_IS = (
    "order_already_captured",
    "order_already_authorized",
    "order_not_approved",
    "payer_action_required",
)


def create(api: "PaypalServersdkClient", request: IntentRequest, *, key: str) -> ProviderIntent:
    """Raises ProviderUnavailable, ProviderRefused."""
    body = _order_request(request)
    made = paypal_call(
        lambda: api.orders.create_order({"body": body, "paypal_request_id": key, "prefer": _ALL})
    )
    return intent(made)


def fetch(api: "PaypalServersdkClient", reference: str) -> ProviderIntent:
    """Raises ProviderUnavailable, ProviderRefused."""
    return intent(order(api, reference))


def order(api: "PaypalServersdkClient", reference: str) -> dict[str, Any]:
    """PayPal's own object. Raises ProviderUnavailable, ProviderRefused."""
    return paypal_call(lambda: api.orders.get_order({"id": reference}))


def capture(api: "PaypalServersdkClient", reference: str, *, key: str) -> ProviderIntent:
    """Take the money of an approved order; one that is not approved, or captured, as it is.

    The key covers the approval: a payer whose card was declined may approve again with another.

    Raises ProviderUnavailable, ProviderRefused.
    """
    found = order(api, reference)
    if (known := intent(found)).state is not ProviderState.AUTHORIZED:
        return known
    once = f"{key}:{found.get('update_time', '')}"
    try:
        done = paypal_call(
            lambda: api.orders.capture_order(
                {"id": reference, "paypal_request_id": once, "prefer": _ALL}
            )
        )
    except ProviderRefused as refusal:
        return after_refusal(api, reference, refusal)
    return intent(done)


def intent(source: Mapping[str, Any]) -> ProviderIntent:
    """PayPal's order in our words."""
    unit = source["purchase_units"][0]
    currency = unit["amount"]["currency_code"]
    captures = unit.get("payments", {}).get("captures", [])
    taken = [one for one in captures if one["status"] in _TAKEN]
    common = ProviderIntent(
        reference=source["id"],
        capture_reference=captures[0]["id"] if captures else "",
        state=_open_state(source, captures),
        amount_received=0,
        currency=currency,
        client=_client_of(source),
        metadata=unpacked(unit),
    )
    if taken:
        return replace(
            common,
            state=ProviderState.SUCCEEDED,
            amount_received=sum(
                AMOUNTS.from_provider(one["amount"]["value"], one["amount"]["currency_code"])
                for one in taken
            ),
            currency=taken[0]["amount"]["currency_code"],
            capture_reference=taken[0]["id"],
        )
    if common.state is ProviderState.AUTHORIZED:
        amount = AMOUNTS.from_provider(unit["amount"]["value"], currency)
        return _with_failure(replace(common, amount_capturable=amount), captures)
    return _with_failure(common, captures)


def held_by(source: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What an order with the intent AUTHORIZE holds, or has held; None before it was authorized."""
    found = source["purchase_units"][0].get("payments", {}).get("authorizations", [])
    return dict(found[-1]) if found else None


def _open_state(source: Mapping[str, Any], captures: list[Mapping[str, Any]]) -> ProviderState:
    """Of an order of which nothing was captured."""
    if source["status"] == "APPROVED":
        is_held_first = source["intent"] == "AUTHORIZE"
        return ProviderState.APPROVED if is_held_first else ProviderState.AUTHORIZED
    if (held := held_by(source)) is not None:
        is_coming = any(one["status"] == "PENDING" for one in captures)
        return ProviderState.UNDER_WAY if is_coming else _HELD_STATES[held["status"]]
    is_over = bool(captures) and all(one["status"] in _FAILED for one in captures)
    if source["status"] == "VOIDED" or (source["status"] == "COMPLETED" and is_over):
        # It can be captured only once: the shopper needs another one.
        return ProviderState.CANCELLED
    return ProviderState.OPEN


def _with_failure(known: ProviderIntent, captures: list[Mapping[str, Any]]) -> ProviderIntent:
    failed = next((one for one in captures if one["status"] in _FAILED), None)
    if failed is None:
        return known
    reason = (failed.get("status_details") or {}).get("reason") or failed["status"]
    return replace(known, failure_code=str(reason).lower(), failure_message="The payment failed.")


def _client_of(source: Mapping[str, Any]) -> dict[str, str]:
    """PayPal's script needs the order's id; a shop without it sends the payer to the link."""
    links = {one["rel"]: one["href"] for one in source.get("links", [])}
    page = links.get("payer-action") or links.get("approve") or ""
    return {"paypal_order_id": source["id"], **({"approve_url": page} if page else {})}


def after_refusal(
    api: "PaypalServersdkClient", reference: str, refusal: ProviderRefused
) -> ProviderIntent:
    """How an order stands that was not captured, or not authorized. Raises the refusal itself when
    that says nothing of it."""
    reason = str(refusal.details.get("reason", ""))
    if reason in _STANDS_AS_IT_IS:
        return fetch(api, reference)
    if reason == "instrument_declined":
        return replace(
            fetch(api, reference), failure_code=reason, failure_message=str(refusal)[:500]
        )
    raise refusal


def _order_request(request: IntentRequest) -> Any:
    from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
    from paypalserversdk.models.order_request import OrderRequest
    from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest

    try:
        value = AMOUNTS.to_provider(request.amount, request.currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    unit = PurchaseUnitRequest(
        amount=AmountWithBreakdown(currency_code=request.currency, value=value),
        custom_id=packed(request.metadata),
    )
    intent = "AUTHORIZE" if request.is_captured_by_hand else "CAPTURE"
    if not request.return_url:
        return OrderRequest(intent=intent, purchase_units=[unit])
    return OrderRequest(
        intent=intent, purchase_units=[unit], payment_source=_wallet(request.return_url)
    )


def _wallet(return_url: str) -> Any:
    """For shoppers who are sent to PayPal's page: where they come back to, either way."""
    from paypalserversdk.api_helper import APIHelper
    from paypalserversdk.models.payment_source import PaymentSource
    from paypalserversdk.models.paypal_wallet import PaypalWallet
    from paypalserversdk.models.paypal_wallet_experience_context import (
        PaypalWalletExperienceContext,
    )

    context = PaypalWalletExperienceContext(
        # The shop knows where the parcel goes.
        shipping_preference="NO_SHIPPING",
        # The SDK would send a value that PayPal's description of Orders 2.13 does not know.
        contact_preference=APIHelper.SKIP,
        user_action="PAY_NOW",
        return_url=return_url,
        cancel_url=return_url,
    )
    return PaymentSource(paypal=PaypalWallet(experience_context=context))
