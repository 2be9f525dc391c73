"""Who owns the transaction. Every public service carries exactly one of three markers.

`@owns_transaction` opens one and commits it, `@joins_transaction` is a step of its caller's,
`@outside_transaction` talks to the network and refuses to hold locks meanwhile.
"""

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, transaction

from apps.shared import clock

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

# Another transaction won: PostgreSQL rolled this one back whole, so it may simply run again.
_RETRYABLE = {"40001": "serialization_failure", "40P01": "deadlock_detected"}
_ATTEMPTS = 4
_SHORTEST_PAUSE_SECONDS = 0.01
_unit_is_open: ContextVar[bool] = ContextVar("unit_is_open", default=False)


def retry_lost_races(work: Callable[[], R]) -> R:
    """Run `work` (one whole transaction) again after a deadlock or serialization failure.

    At most four attempts, with jitter of up to 20, 40, 80 ms between them.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return work()
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            if sqlstate not in _RETRYABLE:
                raise
            logger.warning("transaction_retried", extra={"reason": _RETRYABLE[sqlstate]})
            time.sleep(random.uniform(0, _SHORTEST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - jitter, no secret
    return work()


def read_first(look: Callable[[], R]) -> R:
    """Run the first statement of a request or task, which only reads.

    When its connection turns out to be broken (PostgreSQL was restarted) it is run once more on a
    fresh one: nothing has been done yet that could be done twice.
    """
    connection = transaction.get_connection()
    try:
        return look()
    except (OperationalError, InterfaceError):
        broken = connection.connection is not None and connection.connection.closed
        if not broken or connection.in_atomic_block:
            raise
        connection.close()
        return look()


def agree_on_time() -> None:
    """Ask PostgreSQL what time it is, for processes that wait for a time to come."""

    def look() -> datetime:
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            found: datetime = cursor.fetchone()[0]
            return found

    asked = time.monotonic()
    clock.compare(read_first(look), asked=asked)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction around several owned ones, which become savepoints of it.

    For edges that must commit something of their own with the work: an idempotency record, the
    done-mark of an event delivery.
    """
    with transaction.atomic(durable=True):
        token = _unit_is_open.set(True)
        try:
            yield
        finally:
            _unit_is_open.reset(token)


def owns_transaction(func: Callable[P, R]) -> Callable[P, R]:
    """A use case: durable, committed when it returns, rolled back whole when it raises."""

    @functools.wraps(func)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        def once(durable: bool) -> R:
            with transaction.atomic(durable=durable):
                return func(*args, **kwargs)

        if _unit_is_open.get():
            return once(durable=False)
        return retry_lost_races(lambda: once(durable=True))

    wrapped.transaction_role = "owns"  # type: ignore[attr-defined]
    return wrapped


def owns_statement(func: Callable[P, R]) -> Callable[P, R]:
    """A use case that is one statement, which is a transaction by itself: one round trip.

    Run again when another transaction won; inside a caller's transaction it is a part of that.
    """

    @functools.wraps(func)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if transaction.get_connection().in_atomic_block:
            return func(*args, **kwargs)
        return retry_lost_races(lambda: func(*args, **kwargs))

    wrapped.transaction_role = "owns"  # type: ignore[attr-defined]
    return wrapped


def joins_transaction(func: Callable[P, R]) -> Callable[P, R]:
    """A step: fails outside its caller's transaction."""

    @functools.wraps(func)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError(f"{func.__qualname__} must run inside its caller's transaction")
        return func(*args, **kwargs)

    wrapped.transaction_role = "joins"  # type: ignore[attr-defined]
    return wrapped


def outside_transaction(func: Callable[P, R]) -> Callable[P, R]:
    """A call to the network: fails inside a transaction (a test's own does not count)."""

    @functools.wraps(func)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        blocks = transaction.get_connection().atomic_blocks
        if any(not getattr(block, "_from_testcase", False) for block in blocks):
            raise RuntimeError(
                f"{func.__qualname__} talks to the network: no open transaction allowed"
            )
        return func(*args, **kwargs)

    wrapped.transaction_role = "outside"  # type: ignore[attr-defined]
    return wrapped
