"""Leases: for how long a delivery is somebody's, and keeping one while its handler is outside."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection

from apps.shared import clock
from apps.shared.db import owns_transaction
from apps.shared.schema import current_schema, use_schema

from .models import DeliveryState, EventDelivery

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
RENEWED_EVERY = timedelta(seconds=5)
# A handler that takes longer hangs: then somebody else may try.
LONGEST_HANDLER = timedelta(minutes=10)


@dataclass(frozen=True)
class Handed:
    """A delivery as it was handed to somebody; `token` is void once it has changed hands again."""

    delivery_id: int
    token: int


@owns_transaction
def renewed(held: Handed, *, now: datetime) -> bool:
    """Begin the lease anew. False when the delivery is somebody else's by now."""
    mine = EventDelivery.objects.filter(
        pk=held.delivery_id, state=DeliveryState.RUNNING, token=held.token
    )
    return mine.update(due_at=now + LEASE) == 1


def numbers(handed: Sequence[Handed]) -> dict[str, list[int]]:
    """As two parameters of a statement."""
    return {
        "ids": [one.delivery_id for one in handed],
        "tokens": [one.token for one in handed],
    }


@contextmanager
def kept_lease(held: Handed) -> Iterator[None]:
    """Renew the lease in the background until the block ends, for ten minutes at most.

    A mail server may take a minute, and the lease can still be short: when the worker is killed
    nobody renews it, and the delivery is free again within LEASE.
    """
    over = threading.Event()
    arguments = (held, current_schema(), over)
    threading.Thread(target=_renew, args=arguments, name="lease", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _renew(held: Handed, schema: str, over: threading.Event) -> None:
    for _ in range(LONGEST_HANDLER // RENEWED_EVERY):
        if over.wait(RENEWED_EVERY.total_seconds()):
            return
        try:
            with use_schema(schema):
                renewed(held, now=clock.now())
        except (DatabaseError, InterfaceError) as error:
            logger.warning(
                "lease_not_renewed", extra={"delivery": held.delivery_id, "error": str(error)}
            )
        finally:
            connection.close()
