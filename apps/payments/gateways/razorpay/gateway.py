"""Razorpay's orders, payments, refunds and webhooks in our words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from apps.payments.errors import InvalidSignature
from apps.payments.gateways.base import (
    Fact,
    IntentRequest,
    ProviderCapture,
    ProviderDispute,
    ProviderIntent,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderState,
    RefundRequest,
    WebhookEnvelope,
)
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.razorpay import (
    disputes,
    intents,
    ledger,
    refunds,
    settlements,
    webhooks,
)
from apps.payments.gateways.razorpay.calls import client_of
from apps.payments.gateways.razorpay.credentials import RazorpayCredentials

if TYPE_CHECKING:
    from razorpay import Client


class RazorpayGateway(Gateway):
    """A shop's Razorpay account."""

    def __init__(self, credentials: RazorpayCredentials) -> None:
        self._credentials = credentials

    @property
    def _api(self) -> "Client":
        return client_of(self._credentials)

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        """Once per payment: Razorpay has no key for it, the receipt does its work."""
        made = intents.create(self._api, request)
        return replace(made, client={**made.client, "key_id": self._credentials.key_id})

    def fetch_intent(self, reference: str) -> ProviderIntent:
        return intents.fetch(self._api, reference)

    def check_return(self, *, reference: str, returned: Mapping[str, str]) -> None:
        secret = self._credentials.key_secret
        if not webhooks.is_from_checkout(reference=reference, returned=returned, key_secret=secret):
            raise InvalidSignature

    def capture_intent(
        self, reference: str, *, amount: int, currency: str, key: str
    ) -> ProviderIntent:
        return intents.capture(self._api, reference, amount=amount, currency=currency)

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """Razorpay has no call for it: what is paid all the same will be told, and given back."""
        known = intents.fetch(self._api, reference)
        if known.state is ProviderState.SUCCEEDED:
            return known
        return replace(known, state=ProviderState.CANCELLED)

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        return refunds.create(self._api, request, key=key)

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return refunds.fetch(self._api, reference)

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        return refunds.listed(self._api, payment_reference)

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        return disputes.fetch(self._api, reference)

    def disputes_between(self, *, since: datetime, until: datetime) -> list[ProviderDispute]:
        return disputes.opened(self._api, since=since, until=until)

    def captures_between(self, *, since: datetime, until: datetime) -> list[ProviderCapture]:
        return ledger.captures(self._api, since=since, until=until)

    def refunds_between(self, *, since: datetime, until: datetime) -> list[ProviderRefund]:
        return ledger.refunds_made(self._api, since=since, until=until)

    def movements_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderMovement]:
        return settlements.movements(self._api, since=since, until=until)

    def payouts_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderPayout]:
        currency = self._credentials.settlement_currency
        return settlements.settlements(self._api, since=since, until=until, currency=currency)

    def movements_of_payout(self, payout: ProviderPayout) -> Iterator[ProviderMovement]:
        return settlements.consists_of(self._api, payout)

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        return webhooks.verified(
            body,
            signature=headers.get("X-Razorpay-Signature", ""),
            secrets=self._credentials.webhook_secrets,
            now=now,
        )

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Fact]:
        return webhooks.facts(body)
