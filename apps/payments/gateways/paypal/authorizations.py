"""Money that PayPal holds first, to be captured later, in our words.

Source: https://developer.paypal.com/docs/api/payments/v2/#authorizations. An order with the intent
AUTHORIZE is APPROVED by its payer, authorized by us, and then captured by us: all of it or a part,
finally, which frees the rest. An authorization lasts 29 days.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.gateways.paypal import intents
from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.calls import paypal_call

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

_ALL = "return=representation"
_ENDED = (
    "authorization_already_captured",
    "authorization_voided",
    "previously_captured",
    "previously_voided",
)


def authorize(api: "PaypalServersdkClient", reference: str, *, key: str) -> ProviderIntent:
    """Hold the money of an approved order; one that is not approved, or held, as it is.

    The key covers the approval: a payer whose card was declined may approve again with another.

    Raises ProviderUnavailable, ProviderRefused.
    """
    found = intents.order(api, reference)
    if (known := intents.intent(found)).state is not ProviderState.APPROVED:
        return known
    once = f"{key}:{found.get('update_time', '')}"
    try:
        done = paypal_call(
            lambda: api.orders.authorize_order(
                {"id": reference, "paypal_request_id": once, "prefer": _ALL}
            )
        )
    except ProviderRefused as refusal:
        return intents.after_refusal(api, reference, refusal)
    return intents.intent(done)


def capture(
    api: "PaypalServersdkClient", order: Mapping[str, Any], *, amount: int, currency: str, key: str
) -> ProviderIntent:
    """Take so much of what an order holds, and free the rest; one that holds nothing, as it is.

    Raises ProviderUnavailable, ProviderRefused.
    """
    from paypalserversdk.models.capture_request import CaptureRequest
    from paypalserversdk.models.money import Money

    held = intents.held_by(order)
    known = intents.intent(order)
    if held is None or known.state is not ProviderState.AUTHORIZED:
        return known
    try:
        value = AMOUNTS.to_provider(amount, currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    body = CaptureRequest(amount=Money(currency_code=currency, value=value), final_capture=True)
    wanted = {"authorization_id": held["id"], "paypal_request_id": key, "prefer": _ALL}
    try:
        paypal_call(lambda: api.payments.capture_authorized_payment({**wanted, "body": body}))
    except ProviderRefused as refusal:
        if str(refusal.details.get("reason", "")) not in _ENDED:
            raise
    return intents.fetch(api, order["id"])


def void(api: "PaypalServersdkClient", order: Mapping[str, Any], *, key: str) -> ProviderIntent:
    """Free what an order holds; one that was captured or voided meanwhile, as it is.

    Raises ProviderUnavailable, ProviderRefused.
    """
    held = intents.held_by(order)
    if held is None:
        return intents.intent(order)
    wanted = {"authorization_id": held["id"], "paypal_request_id": key, "prefer": _ALL}
    try:
        paypal_call(lambda: api.payments.void_payment(wanted))
    except ProviderRefused as refusal:
        if str(refusal.details.get("reason", "")) not in _ENDED:
            raise
    return intents.fetch(api, order["id"])
