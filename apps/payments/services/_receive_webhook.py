import logging
from collections.abc import Mapping
from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import InvalidSignature
from apps.payments.gateways import gateway
from apps.payments.gateways.base import Credentials
from apps.payments.services._store_provider_event import store_provider_event
from apps.shared import metrics
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)
_KEPT_HEADERS = ("Content-Type", "Stripe-Signature", "User-Agent")


@outside_transaction
def receive_webhook(
    *, provider: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> bool:
    """Verify a webhook and store it once; False when it was here before.

    Raises InvalidSignature (nothing is stored then), NoPaymentProvider.
    """
    account = selectors.account_of(provider=provider)
    credentials = Credentials(secret_key=account.secret_key, webhook_secret=account.webhook_secret)
    try:
        envelope = gateway(provider, credentials).verify_webhook(
            body=body, headers=headers, now=now.timestamp()
        )
    except InvalidSignature:
        metrics.WEBHOOKS_REFUSED.inc()
        logger.warning("webhook.invalid_signature", extra={"provider": provider})
        raise
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    return store_provider_event(
        provider=provider, envelope=envelope, headers=kept, body=body, now=now
    )
