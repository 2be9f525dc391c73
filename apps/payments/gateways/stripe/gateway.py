"""Stripe's PaymentIntents, refunds and webhooks in our words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import stripe

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
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
from apps.payments.gateways.stripe import balance, disputes, ledger, refunds, webhooks
from apps.payments.gateways.stripe.amounts import AMOUNTS
from apps.payments.gateways.stripe.calls import client_for, stripe_call
from apps.payments.gateways.stripe.connect import application_fee, client_settings
from apps.payments.gateways.stripe.credentials import StripeCredentials
from apps.payments.gateways.stripe.intents import intent


class StripeGateway(Gateway):
    """A shop's Stripe account."""

    def __init__(self, credentials: StripeCredentials) -> None:
        self._credentials = credentials

    @property
    def _api(self) -> stripe.StripeClient:
        return client_for(self._credentials)

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        amount = _writable(request.amount, request.currency)
        params: stripe.params.PaymentIntentCreateParams = {
            "amount": amount,
            "currency": request.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "metadata": request.metadata,
        }
        if request.is_captured_by_hand:
            params["capture_method"] = "manual"
        if self._credentials.connected_account and (fee := application_fee(amount)):
            params["application_fee_amount"] = fee
        made = stripe_call(
            lambda: self._api.v1.payment_intents.create(params, {"idempotency_key": key})
        )
        client = {**client_settings(self._credentials), "client_secret": made.client_secret or ""}
        return replace(intent(made.to_dict()), client=client)

    def fetch_intent(self, reference: str) -> ProviderIntent:
        found = stripe_call(lambda: self._api.v1.payment_intents.retrieve(reference))
        return intent(found.to_dict())

    def capture_intent(
        self, reference: str, *, amount: int, currency: str, key: str
    ) -> ProviderIntent:
        wanted = _writable(amount, currency)
        params: stripe.params.PaymentIntentCaptureParams = {"amount_to_capture": wanted}
        if self._credentials.connected_account and (fee := application_fee(wanted)):
            params["application_fee_amount"] = fee  # of what is taken, not of what was agreed to
        try:
            done = stripe_call(
                lambda: self._api.v1.payment_intents.capture(
                    reference, params, {"idempotency_key": key}
                )
            )
        except ProviderRefused:
            found = self.fetch_intent(reference)
            if found.state is ProviderState.AUTHORIZED:
                raise
            return found
        return intent(done.to_dict())

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        try:
            done = stripe_call(
                lambda: self._api.v1.payment_intents.cancel(
                    reference, options={"idempotency_key": key}
                )
            )
        except ProviderRefused:
            return self.fetch_intent(reference)
        return intent(done.to_dict())

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
        return balance.movements(self._api, since=since, until=until)

    def payouts_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderPayout]:
        return balance.payouts(self._api, since=since, until=until)

    def movements_of_payout(self, payout: ProviderPayout) -> Iterator[ProviderMovement]:
        return balance.consists_of(self._api, payout.reference)

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        return webhooks.verified(
            body,
            signature=headers.get("Stripe-Signature", ""),
            secrets=self._credentials.webhook_secrets,
            now=now,
        )

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Fact]:
        return webhooks.facts(body)


def _writable(amount: int, currency: str) -> int:
    """As Stripe writes it. Raises ProviderRefused for what it cannot write."""
    try:
        return AMOUNTS.to_provider(amount, currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
