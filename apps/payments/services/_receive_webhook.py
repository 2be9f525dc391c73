import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from apps.payments import selectors
from apps.payments.errors import InvalidSignature, TooManyBadWebhooks, UnknownProvider
from apps.payments.gateways import line_to, provider_of
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.services._store_provider_event import store_provider_event
from apps.shared import caching, metrics
from apps.shared.db import outside_transaction
from apps.shared.schema import current_schema

logger = logging.getLogger(__name__)
# As far as clocks may differ. How old one may be is the provider's to say: it may repeat for days.
FUTURE_TOLERANCE = timedelta(minutes=5)
MOST_BAD_A_MINUTE = 120


@outside_transaction
def receive_webhook(
    *,
    provider: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    address: str = "",
) -> bool:
    """Verify a webhook and store it once; False when it was here before.

    One whose signature is good is taken, however many come. Bad ones are counted by the `address`
    they come from.

    Raises InvalidSignature, UnreadableWebhook (nothing is stored then), TooManyBadWebhooks,
    UnknownProvider (also of one that sends none), NoPaymentProvider.
    """
    description = provider_of(provider)
    if not description.capabilities.has_webhooks:
        raise UnknownProvider(provider=provider)
    line = line_to(selectors.account_of(provider=provider))
    try:
        envelope = line.verify_webhook(body=body, headers=headers, now=now.timestamp())
        _refuse_future(envelope, now)
    except InvalidSignature:
        metrics.WEBHOOKS_REFUSED.inc()
        logger.warning("webhook.invalid_signature", extra={"provider": provider})
        _count_bad(address)
        raise
    kept = {
        name: headers[name]
        for name in ("Content-Type", *description.kept_headers)
        if name in headers
    }
    return store_provider_event(
        provider=provider, envelope=envelope, headers=kept, body=body, now=now
    )


def _count_bad(address: str) -> None:
    """Raises TooManyBadWebhooks from the 121st in a minute on."""
    key = f"{current_schema()}:bad_webhooks:{address}"
    if address and caching.count(key, seconds=60) > MOST_BAD_A_MINUTE:
        raise TooManyBadWebhooks from None


def _refuse_future(envelope: WebhookEnvelope, now: datetime) -> None:
    if envelope.sent_at is not None and envelope.sent_at > now + FUTURE_TOLERANCE:
        raise InvalidSignature
