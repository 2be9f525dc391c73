"""Reading and writing idempotency records."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from apps.shared.db import joins_transaction, owns_transaction

from .errors import IdempotencyInFlight, IdempotencyKeyReused
from .models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)


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


@joins_transaction
def close_claim(wanted: Claim, *, opened_at: datetime, answer: StoredAnswer) -> None:
    """Keep the answer of the request that opened its claim at `opened_at`.

    One that took so long that somebody else holds the key by now changes nothing.
    """
    _own_claim(wanted, opened_at).update(**_columns(answer), locked_until=None)


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
