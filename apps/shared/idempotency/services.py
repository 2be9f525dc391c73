"""Reading and writing idempotency records."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.shared.db import joins_transaction

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
def open_claim(wanted: Claim, *, now: datetime, lifetime: timedelta) -> StoredAnswer | None:
    """As `claim`, and marks a free key as under way until `now + lifetime`."""
    if stored := claim(wanted, now=now):
        return stored
    _write(wanted, now=now, locked_until=now + lifetime)
    return None


@joins_transaction
def record_answer(wanted: Claim, *, answer: StoredAnswer, now: datetime) -> None:
    """Keep the answer with the work it answers (IDEM-005)."""
    IdempotencyRecord.objects.filter(scope=wanted.scope).delete()
    _write(wanted, now=now, answer=answer)


@joins_transaction
def forget(wanted: Claim) -> None:
    """Free the key: its request ended with nothing worth keeping (IDEM-007)."""
    IdempotencyRecord.objects.filter(scope=wanted.scope).delete()


def _write(
    wanted: Claim,
    *,
    now: datetime,
    locked_until: datetime | None = None,
    answer: StoredAnswer | None = None,
) -> None:
    IdempotencyRecord.objects.create(
        scope=wanted.scope,
        key=wanted.key,
        method=wanted.method,
        path=wanted.path,
        fingerprint=wanted.fingerprint,
        status_code=answer.status if answer else None,
        headers=answer.headers if answer else {},
        body=answer.body if answer else b"",
        locked_until=locked_until,
        created_at=now,
    )
