import logging
from datetime import datetime, timedelta

from django.db import transaction

from apps.payments.models import ProviderEvent
from apps.payments.states import ProviderEventState
from apps.shared import metrics
from apps.shared.db import joins_transaction

logger = logging.getLogger(__name__)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
# 1, 2, 4, … 32 minutes, then every hour: about a day in all.
MOST_ATTEMPTS = 30


@joins_transaction
def park_provider_event(*, stored: ProviderEvent, reason: str, now: datetime) -> None:
    """Lay a locked webhook aside until its next try; after a day in vain it is dead, and an alert
    (PAY-006)."""
    attempts = stored.attempts + 1
    about = {"provider": stored.provider, "webhook": stored.event_id, "reason": reason[:200]}
    if attempts < MOST_ATTEMPTS:
        pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
        stored.move_to(
            ProviderEventState.PARKED,
            now=now,
            outcome=reason,
            attempts=attempts,
            next_try_at=now + pause,
        )
        logger.warning("webhook.parked", extra=about)
        return
    stored.move_to(ProviderEventState.DEAD, now=now, outcome=reason, attempts=attempts)
    transaction.on_commit(metrics.WEBHOOKS_DEAD.inc)
    logger.error("webhook.dead", extra=about)
