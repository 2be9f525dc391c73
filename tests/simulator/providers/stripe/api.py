"""The way of a call through the API: who, what, with which key, what goes wrong, the answer."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tests.simulator.control.faults import ApiFault, FaultBook
from tests.simulator.providers.stripe import contract, form
from tests.simulator.providers.stripe.account import PROVIDER, Account
from tests.simulator.providers.stripe.credentials import Caller, identify, require_secret_key
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.expansion import expand
from tests.simulator.providers.stripe.idempotency import (
    Answer,
    Attempt,
    IdempotencyKeys,
    attempt_of,
    store_answer,
    stored_answer,
)
from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.providers.stripe.operation import Call, Operation, refuse_unsupported
from tests.simulator.providers.stripe.shapes.event import API_VERSION
from tests.simulator.providers.stripe.shapes.payment_intent import public_view
from tests.simulator.storage.database import Database
from tests.simulator.web.message import HangUp, JsonObject, Request, Response
from tests.simulator.webhooks.outbox import HEALTHY

_DOWN = "An error occurred while communicating with one of our backends. Please try again."
_TOO_MANY = "Too many requests hit the API too quickly. We recommend an exponential backoff."


@dataclass(frozen=True, slots=True)
class _Work:
    """A call that is known to be meant: all that running it takes."""

    operation: Operation
    request: Request
    caller: Caller
    params: form.Params
    attempt: Attempt | None
    request_id: str


class Api:
    """Answers the calls of all accounts. ``announce`` is told when there may be webhooks to send;
    ``sleep`` waits for a fault's seconds, or less when the simulator stops.
    """

    def __init__(
        self,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._database = database
        self._faults = faults
        self._announce = announce
        self._sleep = sleep
        self._keys = IdempotencyKeys()
        self._counting = threading.Lock()
        self.calls: Counter[tuple[str, str]] = Counter()

    def handler_of(self, operation: Operation) -> Callable[[Request], Response]:
        return lambda request: self._handle(operation, request)

    def not_found(self, request: Request) -> Response:
        error = StripeError(
            f"Unrecognized request URL ({request.method}: {request.path}). Please see"
            " https://stripe.com/docs or we can help at https://support.stripe.com/.",
            status=404,
        )
        return _response(Answer(404, error.body()), new_id("req"), request)

    def _handle(self, operation: Operation, request: Request) -> Response:
        request_id = new_id("req")
        caller = None
        try:
            encoded = request.body.decode() if request.method == "POST" else request.query
            params = form.parse(encoded)
            caller = identify(request, params)
            with self._counting:
                self.calls[caller.account, operation.name] += 1
            if not operation.browser:
                require_secret_key(caller)
            attempt = attempt_of(request, caller.account, request_id)
            work = _Work(operation, request, caller, params, attempt, request_id)
            if attempt is None:
                return _response(self._run_with_faults(work), request_id, request)
            with self._keys.held(attempt):
                return self._run_once(work, attempt)
        except UnicodeDecodeError:
            error = StripeError("Invalid request: the body is not valid UTF-8.", executed=False)
        except StripeError as raised:
            error = raised
        return _response(_failure(error, caller), request_id, request)

    def _run_once(self, work: _Work, attempt: Attempt) -> Response:
        with self._database.reading() as connection:
            stored = stored_answer(connection, attempt)
        if stored is None:
            return _response(self._run_with_faults(work), work.request_id, work.request)
        answer, original = stored
        replay = (("Idempotent-Replayed", "true"), ("Original-Request", original))
        return _response(answer, work.request_id, work.request, replay)

    def _run_with_faults(self, work: _Work) -> Answer:
        fault = self._faults.take_api(
            PROVIDER,
            work.caller.account,
            method=work.request.method,
            template=work.operation.template,
            path=work.request.path,
        )
        if fault:
            self._before(fault, work)
        answer = self._run(work)
        if fault and fault.mode == "timeout_after":
            raise HangUp(fault.seconds)
        return answer

    def _before(self, fault: ApiFault, work: _Work) -> None:
        """Do what the fault does before, or in place of, the call."""
        match fault.mode:
            case "timeout_before":
                raise HangUp(fault.seconds)
            case "delay":
                self._sleep(fault.seconds)
            case "error_429":
                raise StripeError(_TOO_MANY, status=429, code="rate_limit", executed=False)
            case "error_503":
                raise StripeError(_DOWN, status=503, type="api_error", executed=False)
            case "error_500":
                error = StripeError(_DOWN, status=500, type="api_error")
                if work.attempt:
                    with self._database.transaction() as connection:
                        store_answer(connection, work.attempt, Answer(500, error.body()))
                raise error

    def _run(self, work: _Work) -> Answer:
        params = contract.check(work.operation.contract, work.params)
        refuse_unsupported(work.operation, params)
        if work.request.method == "GET":
            with self._database.reading() as connection:
                result = self._result(work, self._account(connection, work), params)
            return Answer(200, orjson.dumps(result))
        with self._database.transaction() as connection:
            answer = self._execute(work, self._account(connection, work), params)
            if work.attempt:
                store_answer(connection, work.attempt, answer)
        self._announce()
        return answer

    def _execute(self, work: _Work, account: Account, params: form.Params) -> Answer:
        """Run a writing operation. A failure that Stripe remembers is an answer like any other."""
        account.connection.execute("SAVEPOINT operation")
        try:
            return Answer(200, orjson.dumps(self._result(work, account, params)))
        except StripeError as error:
            if not error.executed:
                raise
            if not error.keeps_effects:
                account.connection.execute("ROLLBACK TO operation")
            return _failure(error, work.caller)

    def _result(self, work: _Work, account: Account, params: form.Params) -> JsonObject:
        host = work.request.headers.get("Host") or "127.0.0.1"
        result = work.operation.run(
            Call(
                account=account,
                caller=work.caller,
                path=work.request.path_params,
                params=params,
                base_url=f"http://{host}",
                take_refund_fault=lambda: self._faults.take_refund(PROVIDER, account.name),
            )
        )
        if params.get("expand"):
            expand(account, result, params["expand"])
        return result

    def _account(self, connection: sqlite3.Connection, work: _Work) -> Account:
        faults = self._faults.of(PROVIDER, work.caller.account)
        return Account(
            connection=connection,
            name=work.caller.account,
            now=int(time.time()),
            request_id=work.request_id,
            idempotency_key=work.attempt.key if work.attempt else None,
            webhook_faults=faults.webhooks if faults else HEALTHY,
        )


def _failure(error: StripeError, caller: Caller | None) -> Answer:
    if caller is None or not caller.secret:
        error.narrow("payment_intent", public_view)
    return Answer(error.status, error.body())


def _response(
    answer: Answer,
    request_id: str,
    request: Request,
    extra: tuple[tuple[str, str], ...] = (),
) -> Response:
    headers = [
        ("Request-Id", request_id),
        ("Stripe-Version", request.headers.get("Stripe-Version") or API_VERSION),
        *extra,
    ]
    key = request.headers.get("Idempotency-Key")
    if key:
        headers.append(("Idempotency-Key", key))
    if answer.status in (409, 429, 503):
        headers.append(("Stripe-Should-Retry", "true"))
    elif answer.status == 500:
        # Stripe would only replay the stored answer.
        headers.append(("Stripe-Should-Retry", "false"))
    return Response(answer.status, answer.body, headers=tuple(headers))
