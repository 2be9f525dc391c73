import logging
from datetime import datetime, timedelta

from django.db import transaction

from apps.payments.models import PaymentAccount
from apps.shared import metrics
from apps.shared.db import owns_transaction

logger = logging.getLogger(__name__)
MOST_FAILURES = 3
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)


@owns_transaction
def note_provider_failure(*, provider: str, now: datetime) -> None:
    """A call for a new payment was not answered. From the third in a row on the provider is passed
    over for a while, for longer each time it fails again."""
    account = PaymentAccount.objects.select_for_update().get(provider=provider)
    account.failures = min(account.failures + 1, 1_000)
    beyond = account.failures - MOST_FAILURES
    if beyond >= 0:
        pause = min(_FIRST_PAUSE * 2 ** min(beyond, 10), _LONGEST_PAUSE)
        account.passed_over_until = now + pause
        transaction.on_commit(metrics.PROVIDERS_PASSED_OVER.labels(provider).inc)
        logger.error("provider.passed_over", extra={"provider": provider, "seconds": pause.seconds})
    account.save(update_fields=["failures", "passed_over_until"])
