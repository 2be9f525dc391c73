"""One round of the relay: from wake-ups to Celery messages."""

import logging
from datetime import datetime, timedelta

from django.db.models import Min
from kombu.exceptions import OperationalError as BrokerError

from apps.shared.db import owns_transaction
from apps.shared.relay.models import Backlog, Wakeup
from apps.shared.schema import PUBLIC, use_schema
from apps.shared.tasks import schema_exists

from .claim import claim_due, hand_back
from .lease import Handed
from .measure import note_backlog
from .tasks import deliver_batch

logger = logging.getLogger(__name__)

SCHEMAS_PER_ROUND = 1000
BATCH = 100
_BROKER_PAUSE = timedelta(seconds=1)


def relay_round(*, now: datetime) -> int:
    """Hand out what is due in the schemas that have wake-ups; returns how many deliveries.

    Each schema gives at most one batch a round, so a busy shop cannot starve the others. When the
    broker is down the round ends: what was claimed is handed back, the rest stays unclaimed.
    """
    sent = 0
    with use_schema(PUBLIC):
        for name in _due_schemas(now=now):
            if not schema_exists(name):
                _forget(name, now=now)
                continue
            try:
                with use_schema(name):
                    sent += _relay_schema(name, now=now)
            except BrokerError as error:
                logger.warning("broker_unavailable", extra={"error": str(error)})
                break
    return sent


def _due_schemas(*, now: datetime) -> list[str]:
    """Who has waited longest comes first; a shop's thousands of wake-ups hide no other's one."""
    due = Wakeup.objects.filter(due_at__lte=now).values("schema_name").annotate(first=Min("id"))
    return list(due.order_by("first").values_list("schema_name", flat=True)[:SCHEMAS_PER_ROUND])


def _relay_schema(name: str, *, now: datetime) -> int:
    """Raises BrokerError, after handing back what was not sent."""
    by_queue = _claim(name, now=now)
    sent = 0
    for queue, handed in list(by_queue.items()):
        try:
            _send(name, queue, handed)
        except BrokerError:
            _hand_back([one for unsent in by_queue.values() for one in unsent], now=now)
            raise
        sent += len(by_queue.pop(queue))
    note_backlog(now=now)
    return sent


def _send(schema_name: str, queue: str, handed: list[Handed]) -> None:
    deliver_batch.apply_async(
        kwargs={
            "schema_name": schema_name,
            "handed": [[one.delivery_id, one.token] for one in handed],
        },
        queue=queue,
        retry=False,
    )


@owns_transaction
def _claim(name: str, *, now: datetime) -> dict[str, list[Handed]]:
    """Wake-ups go and deliveries are claimed in one transaction: a crash loses neither."""
    _delete_wakeups(name, now=now)
    return claim_due(now=now, limit=BATCH)


@owns_transaction
def _forget(name: str, *, now: datetime) -> None:
    _delete_wakeups(name, now=now)
    Backlog.objects.filter(schema_name=name).delete()


@owns_transaction
def _hand_back(handed: list[Handed], *, now: datetime) -> None:
    hand_back(handed, now=now, due_at=now + _BROKER_PAUSE)


def _delete_wakeups(name: str, *, now: datetime) -> None:
    # Another relay's rows are skipped; what it does not reach, its own wake-ups bring back.
    rows = (
        Wakeup.objects.select_for_update(skip_locked=True)
        .filter(schema_name=name, due_at__lte=now)
        .values_list("pk", flat=True)
    )
    Wakeup.objects.filter(pk__in=list(rows)).delete()
