"""Keeping the claim of a request of several transactions for as long as its process lives."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection

from apps.shared import clock
from apps.shared.schema import current_schema, use_schema

from .services import Claim, extend_claim

logger = logging.getLogger(__name__)

# A shopper whose request died with its web process may come again after this long.
CLAIM_LIFETIME = timedelta(seconds=10)
RENEWED_EVERY = timedelta(seconds=3)
# A request that takes longer hangs: then the same one may be tried again.
LONGEST_REQUEST = timedelta(minutes=1)


@contextmanager
def kept_claim(wanted: Claim, *, opened_at: datetime) -> Iterator[None]:
    """Renew the claim in the background until the block ends, for a minute at most."""
    over = threading.Event()
    arguments = (wanted, opened_at, current_schema(), over)
    threading.Thread(target=_renew, args=arguments, name="claim", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _renew(wanted: Claim, opened_at: datetime, schema: str, over: threading.Event) -> None:
    for _ in range(LONGEST_REQUEST // RENEWED_EVERY):
        if over.wait(RENEWED_EVERY.total_seconds()):
            return
        try:
            with use_schema(schema):
                extend_claim(wanted, opened_at=opened_at, held_until=clock.now() + CLAIM_LIFETIME)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("claim_not_renewed", extra={"key": wanted.key, "error": str(error)})
        finally:
            connection.close()
