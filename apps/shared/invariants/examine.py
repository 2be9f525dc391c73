"""Asking a shop's data whether all is well."""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.shared.db import outside_transaction
from apps.shared.invariants.declare import Found, Invariant, Shop, declared
from apps.shared.schema import current_schema

logger = logging.getLogger(__name__)

# Offenders that are named; all are counted.
MOST_NAMED = 20
_NOTHING = Found(0, ())


@dataclass(frozen=True)
class Examined:
    """What a check found. One that could not be run (`error`) proves nothing, and says so."""

    invariant: Invariant
    found: Found
    error: str
    seconds: float

    @property
    def is_well(self) -> bool:
        return not self.error and not self.found.count


@outside_transaction
def examine_shop(
    *, now: datetime, checks: Iterable[Invariant] | None = None, most: int = MOST_NAMED
) -> list[Examined]:
    """Run all checks, or these, on the schema that the code works in.

    They all see the same moment, so that what a busy shop does meanwhile is no offence. A check
    that fails hides no other.

    Raises Django's database errors when the connection is lost.
    """
    shop = Shop(schema_name=current_schema(), now=now, most=most)
    with _snapshot():
        return [_examined(one, shop) for one in (declared() if checks is None else checks)]


@contextmanager
def _snapshot() -> Iterator[None]:
    """A read-only transaction that sees one moment; a test's own stays what it is."""
    is_test = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_test:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = '10min'")
        yield


def _examined(one: Invariant, shop: Shop) -> Examined:
    begin = time.monotonic()
    try:
        with transaction.atomic():
            found, error = one.check(shop), ""
    except Exception as failure:
        logger.exception("invariant.check_failed", extra={"check": one.name})
        found, error = _NOTHING, f"{type(failure).__name__}: {failure}".strip()
    return Examined(one, found, error, time.monotonic() - begin)
