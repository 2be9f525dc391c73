"""Telling a Stripe account where to send its webhooks."""

from collections.abc import Mapping
from typing import Final, Literal

import stripe

from apps.payments.gateways.stripe.calls import client_for, stripe_call
from apps.payments.gateways.stripe.credentials import StripeCredentials

EnabledEvent = Literal[
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
]
EVENTS: Final[list[EnabledEvent]] = [
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
]


def ensure_webhook_endpoint(credentials: StripeCredentials, *, url: str) -> Mapping[str, str]:
    """Make sure that the account sends our events to `url`.

    Returns the signing secret of an endpoint that had to be made; Stripe tells it only then. An
    endpoint whose secret we do not know is made anew; one that sends fewer events than we need is
    told to send them all. Nothing: the secret that we know is still good.

    Raises ProviderUnavailable, ProviderRefused.
    """
    endpoints = client_for(credentials).v1.webhook_endpoints
    known = stripe_call(lambda: endpoints.list({"limit": 100}))
    same = [one for one in known.data if one.url == url]
    if same and credentials.webhook_secret:
        if set(EVENTS) - set(same[0].enabled_events):
            stripe_call(lambda: endpoints.update(same[0].id, {"enabled_events": [*EVENTS]}))
        return {}
    for stale in same:
        stripe_call(lambda stale=stale: endpoints.delete(stale.id))  # type: ignore[misc]
    made = stripe_call(
        lambda: endpoints.create(
            {"url": url, "enabled_events": EVENTS, "api_version": stripe.api_version}  # type: ignore[typeddict-item]
        )
    )
    return {"webhook_secret": made.secret} if made.secret else {}
