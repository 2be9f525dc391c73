"""Time-outs, restarts, kill -9: what was acknowledged stays, what was asked twice happens once."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import stripe

from tests.simulator.running import ROOT, RunningSimulator
from tests.simulator_tests.payments import SHOP_PAGE, open_intent, paid_intent
from tests.simulator_tests.receiver import Receiver

CREATE = "POST /v1/payment_intents"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningSimulator]:
    """A simulator that this test may kill."""
    running = RunningSimulator(tmp_path)
    running.start()
    yield running
    running.stop()


def test_a_timeout_after_charging_charges_once_when_retried_with_the_key(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    simulator.faults(account, api=[{"route": CREATE, "mode": "timeout_after", "seconds": 0.2}])
    params = {
        "amount": 1000,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "return_url": SHOP_PAGE,
    }
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(params, {"idempotency_key": "once"})  # type: ignore[arg-type]
    assert [one["amount"] for one in simulator.ledger(account)] == [1000]
    retried = client.v1.payment_intents.create(params, {"idempotency_key": "once"})  # type: ignore[arg-type]
    assert retried.status == "succeeded"
    (charge,) = simulator.ledger(account)
    assert (charge["idempotency_key"], charge["payment"]) == ("once", retried.id)
    assert simulator.requests(account) == {CREATE: 2}


def test_the_sdk_gets_through_a_timeout_by_itself(
    simulator: RunningSimulator, account: str
) -> None:
    simulator.faults(account, api=[{"route": CREATE, "mode": "timeout_after"}])
    intent = paid_intent(simulator.client(account, retries=2))
    assert [one["payment"] for one in simulator.ledger(account)] == [intent.id]


def test_a_timeout_before_does_nothing(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    simulator.faults(account, api=[{"route": CREATE, "mode": "timeout_before"}])
    with pytest.raises(stripe.APIConnectionError):
        paid_intent(client)
    assert simulator.ledger(account) == []
    assert client.v1.payment_intents.list().data == []


def test_a_fault_hits_its_route_as_often_as_told(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    intent = open_intent(client)
    simulator.faults(
        account,
        api=[
            {"route": "POST /v1/payment_intents/{id}/cancel", "mode": "error_503", "times": 2},
            {"route": "GET /v1/refunds*", "mode": "error_429"},
        ],
    )
    client.v1.payment_intents.retrieve(intent.id)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.cancel(intent.id)
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.RateLimitError):
        client.v1.refunds.list()
    assert client.v1.refunds.list().data == []


def test_faults_of_one_account_leave_the_others_alone(simulator: RunningSimulator) -> None:
    simulator.faults("trouble", api=[{"mode": "error_500"}])
    assert open_intent(simulator.client("calm")).status == "requires_payment_method"
    simulator.clear_faults("trouble")


def test_kill_9_loses_nothing_that_was_acknowledged(
    own: RunningSimulator, receiver: Receiver
) -> None:
    client = own.client("shop")
    receiver.listen_to(client)
    receiver.stop()
    intent = paid_intent(client)
    own.faults("shop", api=[{"mode": "error_503"}])
    ledger = own.ledger("shop")
    own.kill()
    own.start()
    receiver.come_back()
    assert own.ledger("shop") == ledger
    assert len(ledger) == 1
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.retrieve(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id) == intent
    received = receiver.wait_for(4, 15)
    assert {receiver.verified(one).type for one in received} >= {"payment_intent.succeeded"}
    own.wait_until_delivered("shop")


def test_an_answered_key_replays_after_a_restart(own: RunningSimulator) -> None:
    def create() -> requests.Response:
        return requests.post(
            f"{own.base_url}/v1/payment_intents",
            data={"amount": "5", "currency": "usd"},
            headers={"Authorization": "Bearer sk_test_shop", "Idempotency-Key": "k"},
            timeout=10,
        )

    first = create()
    own.kill()
    own.start()
    second = create()
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"


def test_it_stops_at_once_even_while_somebody_hangs(own: RunningSimulator) -> None:
    own.faults("shop", api=[{"mode": "timeout_before", "seconds": 60}])
    session = requests.Session()
    with pytest.raises(requests.RequestException):
        session.get(
            f"{own.base_url}/v1/refunds",
            headers={"Authorization": "Bearer sk_test_shop"},
            timeout=0.2,
        )
    process = own.process
    assert process is not None
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - started < 2


def test_it_starts_within_a_second_and_says_so(own: RunningSimulator) -> None:
    own.stop()
    started = time.monotonic()
    own.start()
    assert time.monotonic() - started < 3, "one second alone, more on a busy machine"
    health = own.get_json("/_health")
    assert (health["status"], health["pending_webhooks"]) == ("ok", 0)


def test_a_taken_port_is_said_plainly(own: RunningSimulator, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.simulator", "--data", str(tmp_path / "second")]
    command += ["--http", own.base_url.removeprefix("http://"), "--smtp", "127.0.0.1:0"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert second.stderr.startswith("The simulator cannot listen on")


def test_reset_forgets_one_account(own: RunningSimulator) -> None:
    for account in ("one", "two"):
        paid_intent(own.client(account))
        own.faults(account, webhooks={"drop": True})
    own.reset("one")
    assert own.ledger("one") == []
    assert own.client("one").v1.events.list().data == []
    assert own.requests("one") == {"GET /v1/events": 1}
    assert own.get_json("/_sim/accounts/one/faults")["webhooks"]["drop"] is False
    assert len(own.ledger("two")) == 1
    assert own.get_json("/_sim/accounts/two/faults")["webhooks"]["drop"] is True
