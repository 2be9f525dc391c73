"""What a worker process does with a ProbeSent, by its `order`."""

import time

from django.conf import settings
from django.db import connection, transaction

from apps.shared.events import subscribe
from apps.shared.schema import PUBLIC, current_schema, use_schema
from tests.support.probing.events import EFFECTS_TABLE, ProbeSent

GATE = "probing:gate"
HANGING = "probing:hanging"


@subscribe(ProbeSent, queue="financial")
def write_effect(event: ProbeSent) -> None:
    """Leave a row, in whatever schema the worker is in."""
    _write(event, "inside")
    if event.order == "hang":
        _hang()
    if event.order == "stumble":
        _stumble_once_in_another_schema(event)


@subscribe(ProbeSent, queue="default", outside=True)
def write_outside(event: ProbeSent, *, key: str) -> None:
    """The same, outside a transaction: what it writes stays, whatever happens next."""
    _write(event, "outside", key)


def _write(event: ProbeSent, handler: str, key: str = "") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Unqualified on purpose: the search path is what is looked at.
        cursor.execute(
            f"INSERT INTO {EFFECTS_TABLE} VALUES (%s, %s, %s, %s)",
            [event.probe_id, handler, current_schema(), key],
        )


def _hang() -> None:
    """Tell the test that the handler is in its middle, and stay there while the gate is shut."""
    valkey = _valkey()
    valkey.set(HANGING, "1")
    deadline = time.monotonic() + 60
    while valkey.exists(GATE) and time.monotonic() < deadline:
        time.sleep(0.02)


def _stumble_once_in_another_schema(event: ProbeSent) -> None:
    """The first time, break while another schema is set (T3)."""
    first = _valkey().set(f"probing:stumbled:{current_schema()}:{event.probe_id}", "1", nx=True)
    if first:
        with use_schema(PUBLIC), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")


def _valkey():
    import redis

    return redis.Redis.from_url(settings.REDIS_URL)
