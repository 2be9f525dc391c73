"""Idempotency keys, as Stripe keeps them: per account, for 24 hours."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.web.message import Request

PROVIDER = "stripe"
LIFE_SECONDS = 24 * 60 * 60
KEY_MAX = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body, to be sent again byte for byte."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that carries a key. The key is one account's own."""

    account: str
    key: str
    path: str
    fingerprint: bytes
    request_id: str


def attempt_of(request: Request, account: str, request_id: str) -> Attempt | None:
    """Return the keyed attempt of a POST; None without a key."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or not key:
        return None
    if len(key) > KEY_MAX:
        raise StripeError(
            f"Keys for idempotent requests can be at most {KEY_MAX} characters long.",
            type="idempotency_error",
            executed=False,
        )
    parameters = b"&".join(sorted(request.body.split(b"&")))
    return Attempt(account, key, request.path, hashlib.sha256(parameters).digest(), request_id)


class IdempotencyKeys:
    """Stored answers in the database; keys in use in memory, as they end with the process."""

    def __init__(self) -> None:
        self._in_use: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def held(self, attempt: Attempt) -> Iterator[None]:
        """Hold the key while its call runs. Raises StripeError 409 when another call has it."""
        name = (attempt.account, attempt.key)
        with self._lock:
            if name in self._in_use:
                raise _in_use(attempt.key)
            self._in_use.add(name)
        try:
            yield
        finally:
            self._in_use.discard(name)


def stored_answer(connection: sqlite3.Connection, attempt: Attempt) -> tuple[Answer, str] | None:
    """Return what the key was answered before, and that call's request id.

    Raises StripeError 400 when the key belonged to another endpoint or other parameters.
    """
    row = connection.execute(
        "SELECT * FROM idempotency WHERE provider = ? AND account = ? AND key = ? AND created > ?",
        (PROVIDER, attempt.account, attempt.key, time.time() - LIFE_SECONDS),
    ).fetchone()
    if row is None:
        return None
    if row["path"] != attempt.path:
        raise _misused(
            attempt.key,
            f"for the same endpoint they were first used for ('{row['path']}' vs '{attempt.path}')",
        )
    if row["fingerprint"] != attempt.fingerprint:
        raise _misused(attempt.key, "with the same parameters they were first used with")
    return Answer(row["status"], row["body"]), row["request_id"]


def store_answer(connection: sqlite3.Connection, attempt: Attempt, answer: Answer) -> None:
    """Keep the answer in the transaction that holds the effects of the call."""
    connection.execute(
        "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            PROVIDER,
            attempt.account,
            attempt.key,
            attempt.path,
            attempt.fingerprint,
            answer.status,
            answer.body,
            attempt.request_id,
            time.time(),
        ),
    )


def _in_use(key: str) -> StripeError:
    return StripeError(
        "There is currently another in-progress request using this Idempotent Key (that probably"
        " means you submitted twice, and the other request is still going through):"
        f" {key}. Please try again later.",
        status=409,
        type="idempotency_error",
        code="idempotency_key_in_use",
        executed=False,
    )


def _misused(key: str, rule: str) -> StripeError:
    return StripeError(
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than"
        f" '{key}' if you meant to execute a different request.",
        type="idempotency_error",
        executed=False,
    )
