"""PayPal's orders, captures, refunds and webhooks in our words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.base import (
    Fact,
    IntentRequest,
    ProviderCapture,
    ProviderDispute,
    ProviderIntent,
    ProviderMovement,
    ProviderRefund,
    ProviderState,
    RefundRequest,
    WebhookEnvelope,
)
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.paypal import (
    authorizations,
    disputes,
    intents,
    ledger,
    refunds,
    webhooks,
)
from apps.payments.gateways.paypal.calls import client_of
from apps.payments.gateways.paypal.credentials import PayPalCredentials

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient


_UNTOUCHED = (ProviderState.OPEN, ProviderState.APPROVED, ProviderState.AUTHORIZED)


class PayPalGateway(Gateway):
    """A shop's PayPal business account."""

    def __init__(self, credentials: PayPalCredentials) -> None:
        self._credentials = credentials

    @property
    def _api(self) -> "PaypalServersdkClient":
        return client_of(self._credentials)

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        made = intents.create(self._api, request, key=key)
        return replace(made, client={**made.client, "client_id": self._credentials.client_id})

    def fetch_intent(self, reference: str) -> ProviderIntent:
        return intents.fetch(self._api, reference)

    def capture_intent(
        self, reference: str, *, amount: int, currency: str, key: str
    ) -> ProviderIntent:
        order = intents.order(self._api, reference)
        if order["intent"] == "AUTHORIZE":
            return authorizations.capture(
                self._api, order, amount=amount, currency=currency, key=key
            )
        known = intents.intent(order)
        if known.state is ProviderState.AUTHORIZED and known.amount_capturable != amount:
            raise ProviderRefused("This order is captured in full.", reason="captured_in_full")
        return intents.capture(self._api, reference, key=key)

    def authorize_intent(self, reference: str, *, key: str) -> ProviderIntent:
        return authorizations.authorize(self._api, reference, key=key)

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """What is held is freed. For the rest PayPal has no call: an order that nobody captures
        takes no money."""
        order = intents.order(self._api, reference)
        known = intents.intent(order)
        if order["intent"] == "AUTHORIZE" and known.state is ProviderState.AUTHORIZED:
            return authorizations.void(self._api, order, key=key)
        is_untouched = known.state in _UNTOUCHED
        if known.capture_reference:  # captured, and PayPal has yet to say whether for good
            return known
        return replace(known, state=ProviderState.CANCELLED) if is_untouched else known

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        return refunds.create(self._api, request, key=key)

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return refunds.fetch(self._api, reference)

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        return refunds.listed(self._api, payment_reference)

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        return disputes.fetch(self._credentials, reference)

    def disputes_between(self, *, since: datetime, until: datetime) -> list[ProviderDispute]:
        return disputes.changed(self._credentials, since=since, until=until)

    def captures_between(self, *, since: datetime, until: datetime) -> list[ProviderCapture]:
        return ledger.captures(self._api, since=since, until=until)

    def refunds_between(self, *, since: datetime, until: datetime) -> list[ProviderRefund]:
        return ledger.refunds_made(self._api, since=since, until=until)

    def movements_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderMovement]:
        return ledger.movements(self._api, since=since, until=until)

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        return webhooks.verified(body, headers, self._credentials, now)

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Fact]:
        return webhooks.facts(body)
