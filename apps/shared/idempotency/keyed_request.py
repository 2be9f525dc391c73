"""Requests with an `Idempotency-Key`: one mechanism for all views (IDEM-001…007).

A request of one transaction stores its answer in that same transaction (IDEM-005): after a crash
the key is either unused or holds the true answer. While it runs, a transaction-level advisory lock
on its scope turns a second one away; the lock dies with the transaction, so nothing needs cleaning.
A request of several transactions (PHASED) commits a claim first and renews it while it lives; a
claim whose process died ends by itself after ten seconds, and its steps are safe to repeat.
"""

import hashlib
from collections.abc import Callable
from enum import Enum
from typing import Any

import orjson
from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.shared import clock
from apps.shared.db import retry_lost_races, unit_of_work
from apps.shared.errors import DomainError

from .errors import (
    IdempotencyInFlight,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from .kept_claim import CLAIM_LIFETIME, kept_claim
from .services import (
    Claim,
    StoredAnswer,
    claim,
    close_claim,
    forget,
    keep_if_free,
    lock_number,
    open_claim,
    open_if_free,
    record_answer,
)

# Kept is what services did and what they refused for good. Not kept is what never reached them:
# malformed, not signed in, stale or missing If-Match, throttled; and all of 5xx, which may pass.
_NOT_KEPT = frozenset({400, 401, 412, 428, 429})
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


class Policy(Enum):
    """How a method treats the key."""

    ACCEPTED = "accepted"
    REQUIRED = "required"
    PHASED = "phased"
    # Required, and the work keeps its own answer: see `run_self_keeping`.
    OWN = "own"
    # Accepted, and nothing kept: harmless to repeat, or the answer holds a secret.
    UNSTORED = "unstored"


_KEY_REQUIRED = (Policy.REQUIRED, Policy.PHASED, Policy.OWN)


class _Undo(Exception):
    """Carries a refusal out of the unit of work whose record must not be kept."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


def run_keyed(
    view: APIView, request: Request, *, policy: Policy, work: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Run `work` at most once per key and answer its stored answer afterwards.

    Raises IdempotencyKeyRequired, IdempotencyKeyInvalid, IdempotencyKeyReused,
    IdempotencyInFlight.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if policy in _KEY_REQUIRED:
            raise IdempotencyKeyRequired
        return work()
    if policy is Policy.UNSTORED:
        _check_form(key)
        return work()
    if policy is Policy.OWN:
        return work()
    wanted = _claim_of(request, key)
    if policy is Policy.PHASED:
        return _run_phased(view, wanted, work)
    return retry_lost_races(lambda: _run_in_one_transaction(view, wanted, work))


def run_self_keeping(
    view: APIView, request: Request, work: Callable[[Claim], StoredAnswer | HttpResponseBase]
) -> HttpResponseBase:
    """For work that looks up and keeps its key itself, in its own statement (Policy.OWN).

    What it returns as stored is answered as it is. Another answer, or a refusal, was not kept by
    the work: it is kept here, unless the key was taken meanwhile; then that answer counts.
    """
    wanted = _claim_of(request, request.headers["Idempotency-Key"])
    try:
        done = work(wanted)
    except (IdempotencyInFlight, IdempotencyKeyReused):
        raise
    except DomainError as error:
        refusal = error
    else:
        if isinstance(done, StoredAnswer):
            return _replay(done) if done.is_replay else _given(done)
        return _run_in_one_transaction(view, wanted, lambda: done)

    def refuse() -> HttpResponseBase:
        raise refusal

    response, is_final = _answer(view, refuse, savepoint=False)
    if not is_final or keep_if_free(wanted, answer=_as_stored(response), now=clock.now()):
        return response
    return _run_in_one_transaction(view, wanted, refuse)


def _run_in_one_transaction(
    view: APIView, wanted: Claim, work: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    try:
        with unit_of_work():
            if not _lock_scope(wanted.scope):
                raise IdempotencyInFlight
            if stored := claim(wanted, now=clock.now()):
                return _replay(stored)
            response, is_final = _answer(view, work, savepoint=True)
            if not is_final:
                raise _Undo(response)
            record_answer(wanted, answer=_as_stored(response), now=clock.now())
            return response
    except _Undo as undone:
        return undone.response


def _run_phased(
    view: APIView, wanted: Claim, work: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    opened_at = clock.now()
    held_until = opened_at + CLAIM_LIFETIME

    def open_or_find() -> StoredAnswer | None:
        with unit_of_work():
            if not _lock_scope(wanted.scope):
                raise IdempotencyInFlight
            return open_claim(wanted, now=opened_at, held_until=held_until)

    if not open_if_free(wanted, now=opened_at, held_until=held_until) and (
        stored := retry_lost_races(open_or_find)
    ):
        return _replay(stored)
    try:
        with kept_claim(wanted, opened_at=opened_at):
            response, is_final = _answer(view, work, savepoint=False)
    except Exception:
        # Not kept (IDEM-007): the same key may be tried again at once.
        with unit_of_work():
            forget(wanted, opened_at=opened_at)
        raise
    if is_final:
        close_claim(wanted, opened_at=opened_at, answer=_as_stored(response))
    else:
        with unit_of_work():
            forget(wanted, opened_at=opened_at)
    return response


def _answer(
    view: APIView, work: Callable[[], HttpResponseBase], *, savepoint: bool
) -> tuple[HttpResponse, bool]:
    """The rendered answer and whether it is kept (IDEM-007)."""
    try:
        if savepoint:
            with transaction.atomic():
                answer = _rendered(view, work())
        else:
            answer = _rendered(view, work())
    except DomainError as error:
        answer = _rendered(view, view.handle_exception(error))
    return answer, answer.status_code < 500 and answer.status_code not in _NOT_KEPT


def _rendered(view: APIView, response: HttpResponseBase) -> HttpResponse:
    """The answer in bytes, so that a replay is equal to the last byte."""
    if not isinstance(response, Response):
        assert isinstance(response, HttpResponse)  # noqa: S101 - API views never stream
        return response
    final = view.finalize_response(view.request, response, *view.args, **view.kwargs)
    assert isinstance(final, Response)  # noqa: S101
    final.render()
    plain = HttpResponse(final.content, status=final.status_code)
    for name in (*_KEPT_HEADERS, "Retry-After"):
        if name in final:
            plain[name] = final[name]
    return plain


def _as_stored(response: HttpResponse) -> StoredAnswer:
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    return StoredAnswer(status=response.status_code, headers=headers, body=response.content)


def _replay(stored: StoredAnswer) -> HttpResponse:
    response = _given(stored)
    response["Idempotent-Replayed"] = "true"
    return response


def _given(stored: StoredAnswer) -> HttpResponse:
    return HttpResponse(stored.body, status=stored.status, headers=stored.headers)


def _claim_of(request: Request, key: str) -> Claim:
    _check_form(key)
    method, path = str(request.method), request.path
    scope = hashlib.sha256("\n".join((_credential(request), method, path, key)).encode()).digest()
    body: Any = request.data
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    query = request.META.get("QUERY_STRING", "").encode()
    # Keyed: a body may hold a password, which could be guessed from its plain digest.
    fingerprint = salted_hmac(
        "galleria.idempotency", canonical + b"\n" + query, algorithm="sha256"
    ).digest()
    return Claim(scope=scope, key=key, method=method, path=path[:500], fingerprint=fingerprint)


def _check_form(key: str) -> None:
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid


def _credential(request: Request) -> str:
    """Who asks, as far as the headers say: two callers never share a key (IDEM-006)."""
    headers = request.headers
    return "\n".join(
        headers.get(name, "") for name in ("Authorization", "Cart-Token", "Order-Token")
    )


def _lock_scope(scope: bytes) -> bool:
    with connection.cursor() as cursor:
        # Advisory locks are the database's, not the schema's: the tenant is part of the number.
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema(), %s))",
            [lock_number(scope)],
        )
        return bool(cursor.fetchone()[0])
