"""Reading and writing idempotency records."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet

from apps.shared.db import joins_transaction, owns_statement, owns_transaction
from apps.shared.fast_sql import fetch_one
from apps.shared.schema import current_schema

from .errors import IdempotencyInFlight, IdempotencyKeyReused
from .models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)


# One round trip: refusals are to be cheaper than what they refuse.
_KEEP = """
INSERT INTO {schema}.idempotency_idempotencyrecord AS kept (
    scope, key, method, path, fingerprint, status_code, headers, body, created_at
)
SELECT %(scope)s, %(key)s, %(method)s, %(path)s, %(fingerprint)s, %(status)s,
    %(headers)s::jsonb, %(body)s, %(now)s
WHERE pg_try_advisory_xact_lock(hashtextextended(%(schema)s, %(number)s))
ON CONFLICT (scope) DO UPDATE SET
    fingerprint = excluded.fingerprint, status_code = excluded.status_code,
    headers = excluded.headers, body = excluded.body, locked_until = NULL,
    created_at = excluded.created_at
WHERE kept.created_at <= %(stale)s
RETURNING 1
"""

# A key that is free, or whose record is over: out of date, or of a request that died. All other
# cases are told apart by `open_claim`.
_OPEN = """
INSERT INTO {schema}.idempotency_idempotencyrecord AS kept (
    scope, key, method, path, fingerprint, headers, body, locked_until, created_at
)
SELECT %(scope)s, %(key)s, %(method)s, %(path)s, %(fingerprint)s, '{{}}', '',
    %(held_until)s, %(now)s
WHERE pg_try_advisory_xact_lock(hashtextextended(%(schema)s, %(number)s))
ON CONFLICT (scope) DO UPDATE SET
    fingerprint = excluded.fingerprint, status_code = NULL, headers = excluded.headers,
    body = excluded.body, locked_until = excluded.locked_until, created_at = excluded.created_at
WHERE kept.created_at <= %(stale)s OR (
    kept.status_code IS NULL AND kept.locked_until <= %(now)s
    AND kept.fingerprint = excluded.fingerprint
)
RETURNING 1
"""
_CLOSE = """
UPDATE {schema}.idempotency_idempotencyrecord
SET status_code = %(status)s, headers = %(headers)s::jsonb, body = %(body)s, locked_until = NULL
WHERE scope = %(scope)s AND created_at = %(opened_at)s AND status_code IS NULL
RETURNING 1
"""


@dataclass(frozen=True)
class Claim:
    """What identifies a keyed request, and what it asks for (`fingerprint`)."""

    scope: bytes
    key: str
    method: str
    path: str
    fingerprint: bytes


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it was given."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_replay: bool = False


@joins_transaction
def claim(wanted: Claim, *, now: datetime) -> StoredAnswer | None:
    """The stored answer, or None when the key is free (IDEM-001, IDEM-002, IDEM-003).

    Raises IdempotencyKeyReused, IdempotencyInFlight.
    """
    record = IdempotencyRecord.objects.select_for_update().filter(scope=wanted.scope).first()
    if record is None:
        return None
    if record.created_at + KEPT_FOR <= now:
        record.delete()
        return None
    if bytes(record.fingerprint) != wanted.fingerprint:
        raise IdempotencyKeyReused
    if record.status_code is None:
        if record.locked_until and record.locked_until > now:
            raise IdempotencyInFlight
        record.delete()
        return None
    return StoredAnswer(record.status_code, record.headers, bytes(record.body))


@joins_transaction
def record_answer(wanted: Claim, *, answer: StoredAnswer, now: datetime) -> None:
    """Keep the answer with the work it answers (IDEM-005). `claim` has found the key free."""
    IdempotencyRecord.objects.create(
        **_identity(wanted), **_columns(answer), locked_until=None, created_at=now
    )


@owns_statement
def keep_if_free(wanted: Claim, *, answer: StoredAnswer, now: datetime) -> bool:
    """Keep the answer of a request that wrote nothing; whether it was kept.

    It is not when the key is another's by now, or in another's hands.
    """
    schema = current_schema()
    row = fetch_one(
        _KEEP.format(schema=connection.ops.quote_name(schema)),
        {
            **_identity(wanted),
            "status": answer.status,
            "headers": orjson.dumps(answer.headers).decode(),
            "body": answer.body,
            "now": now,
            "stale": now - KEPT_FOR,
            "schema": schema,
            "number": lock_number(wanted.scope),
        },
    )
    return row is not None


def lock_number(scope: bytes) -> int:
    """What a scope's advisory lock is numbered by, in its schema."""
    return int.from_bytes(scope[:8], signed=True)


@owns_statement
def open_if_free(wanted: Claim, *, now: datetime, held_until: datetime) -> bool:
    """As `open_claim` for a key that is free, in one round trip; otherwise False, and nothing is
    written."""
    schema = current_schema()
    row = fetch_one(
        _OPEN.format(schema=connection.ops.quote_name(schema)),
        {
            **_identity(wanted),
            "now": now,
            "held_until": held_until,
            "stale": now - KEPT_FOR,
            "schema": schema,
            "number": lock_number(wanted.scope),
        },
    )
    return row is not None


@joins_transaction
def open_claim(wanted: Claim, *, now: datetime, held_until: datetime) -> StoredAnswer | None:
    """As `claim`, and marks a free key as under way until `held_until`.

    `now` names the claim: whoever opened it tells by it that the key is still his own.
    """
    if stored := claim(wanted, now=now):
        return stored
    IdempotencyRecord.objects.create(**_identity(wanted), locked_until=held_until, created_at=now)
    return None


@owns_transaction
def extend_claim(wanted: Claim, *, opened_at: datetime, held_until: datetime) -> None:
    """The request that opened its claim at `opened_at` still lives."""
    _own_claim(wanted, opened_at).update(locked_until=held_until)


@owns_statement
def close_claim(wanted: Claim, *, opened_at: datetime, answer: StoredAnswer) -> None:
    """Keep the answer of the request that opened its claim at `opened_at`.

    One that took so long that somebody else holds the key by now changes nothing.
    """
    fetch_one(
        _CLOSE.format(schema=connection.ops.quote_name(current_schema())),
        {
            "scope": wanted.scope,
            "opened_at": opened_at,
            "status": answer.status,
            "headers": orjson.dumps(answer.headers).decode(),
            "body": answer.body,
        },
    )


@joins_transaction
def forget(wanted: Claim, *, opened_at: datetime) -> None:
    """Free the key: its request ended with nothing worth keeping (IDEM-007)."""
    _own_claim(wanted, opened_at).delete()


def _own_claim(wanted: Claim, opened_at: datetime) -> "QuerySet[IdempotencyRecord]":
    return IdempotencyRecord.objects.filter(
        scope=wanted.scope, created_at=opened_at, status_code__isnull=True
    )


def _identity(wanted: Claim) -> dict[str, Any]:
    return {
        "scope": wanted.scope,
        "key": wanted.key,
        "method": wanted.method,
        "path": wanted.path,
        "fingerprint": wanted.fingerprint,
    }


def _columns(answer: StoredAnswer) -> dict[str, Any]:
    return {"status_code": answer.status, "headers": answer.headers, "body": answer.body}
