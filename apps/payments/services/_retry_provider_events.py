import logging
from datetime import datetime

from apps.payments.services._claim_provider_event import claim_provider_event
from apps.payments.services._give_back_provider_event import give_back_provider_event
from apps.payments.services._try_provider_event import try_provider_event
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def retry_provider_events(*, now: datetime, most: int) -> int:
    """Work on the shop's webhooks that are due for another try, at most `most` (PAY-006).

    Those too whose delivery came to nothing. One that fails does not stop the others, and waits for
    its next turn. Returns how many were tried.
    """
    for tried in range(most):
        provider_event_id = claim_provider_event(now=now)
        if provider_event_id is None:
            return tried
        try:
            try_provider_event(provider_event_id=provider_event_id, now=now)
        except Exception as error:
            logger.exception("webhook.retry_failed", extra={"webhook": provider_event_id})
            give_back_provider_event(
                provider_event_id=provider_event_id,
                reason=f"{type(error).__name__}: {error}",
                now=now,
            )
    return most
