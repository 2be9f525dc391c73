import threading
from typing import Any

import pytest
import requests
import stripe

from tests.simulator.running import RunningSimulator
from tests.simulator_tests.payments import SHOP_PAGE, open_intent, paid_intent

FORM = {"amount": "1000", "currency": "usd", "metadata[order]": "1"}


def post(
    simulator: RunningSimulator, account: str, key: str, form: dict[str, str], path: str = ""
) -> requests.Response:
    return requests.post(
        f"{simulator.base_url}/v1/payment_intents{path}",
        data=form,
        headers={"Authorization": f"Bearer sk_test_{account}", "Idempotency-Key": key},
        timeout=10,
    )


def count(client: stripe.StripeClient) -> int:
    return len(client.v1.payment_intents.list({"limit": 100}).data)


def test_the_same_key_and_parameters_give_the_same_bytes(
    simulator: RunningSimulator, account: str, client: stripe.StripeClient
) -> None:
    first = post(simulator, account, "k", FORM)
    second = post(simulator, account, "k", FORM)
    assert second.status_code == first.status_code == 200
    assert second.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert second.headers["Idempotency-Key"] == "k"
    assert count(client) == 1


def test_parameters_in_another_order_are_the_same(
    simulator: RunningSimulator, account: str
) -> None:
    first = post(simulator, account, "k", FORM)
    assert post(simulator, account, "k", dict(reversed(FORM.items()))).content == first.content


def test_the_same_key_with_other_parameters_or_elsewhere_is_refused(
    simulator: RunningSimulator, account: str, client: stripe.StripeClient
) -> None:
    intent = post(simulator, account, "k", FORM).json()
    other = post(simulator, account, "k", FORM | {"amount": "999"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = post(simulator, account, "k", {}, f"/{intent['id']}/cancel")
    assert (elsewhere.status_code, elsewhere.json()["error"]["type"]) == (400, "idempotency_error")
    assert "same endpoint" in elsewhere.json()["error"]["message"]
    assert count(client) == 1
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create({"amount": 1, "currency": "usd"}, {"idempotency_key": "k"})


def test_the_same_key_of_another_account_is_another_key(simulator: RunningSimulator) -> None:
    one = post(simulator, "idem-one", "k", FORM).json()
    two = post(simulator, "idem-two", "k", FORM).json()
    assert one["id"] != two["id"]


def test_a_refused_parameter_leaves_the_key_free(simulator: RunningSimulator, account: str) -> None:
    assert post(simulator, account, "k", FORM | {"amount": "ten"}).status_code == 400
    assert post(simulator, account, "k", FORM | {"currency": "zzz"}).status_code == 400
    assert post(simulator, account, "k", FORM).status_code == 200


def test_a_decline_is_kept_for_its_key(
    simulator: RunningSimulator, account: str, client: stripe.StripeClient
) -> None:
    intent = open_intent(client)
    form = {"payment_method": "pm_card_visa_chargeDeclined", "return_url": SHOP_PAGE}
    first = post(simulator, account, "k", form, f"/{intent.id}/confirm")
    second = post(simulator, account, "k", form, f"/{intent.id}/confirm")
    assert (first.status_code, second.status_code) == (402, 402)
    assert second.content == first.content
    assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_refusal_of_the_operation_is_kept_for_its_key(
    simulator: RunningSimulator, account: str, client: stripe.StripeClient
) -> None:
    intent = paid_intent(client)
    first = post(simulator, account, "k", {}, f"/{intent.id}/cancel")
    client.v1.refunds.create({"payment_intent": intent.id})
    second = post(simulator, account, "k", {}, f"/{intent.id}/cancel")
    assert (first.status_code, second.headers["Idempotent-Replayed"]) == (400, "true")
    assert second.content == first.content


def test_a_500_is_kept_for_its_key(simulator: RunningSimulator, account: str) -> None:
    simulator.faults(account, api=[{"route": "POST /v1/payment_intents", "mode": "error_500"}])
    first = post(simulator, account, "k", FORM)
    second = post(simulator, account, "k", FORM)
    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Stripe-Should-Retry"] == "false"
    assert post(simulator, account, "another", FORM).status_code == 200


@pytest.mark.parametrize(("mode", "status"), [("error_503", 503), ("error_429", 429)])
def test_trouble_at_the_edge_is_not_kept(
    simulator: RunningSimulator, account: str, mode: str, status: int
) -> None:
    simulator.faults(account, api=[{"mode": mode}])
    assert post(simulator, account, "k", FORM).status_code == status
    assert post(simulator, account, "k", FORM).status_code == 200


def test_the_same_key_in_flight_is_a_conflict_and_charges_once(
    simulator: RunningSimulator, account: str, client: stripe.StripeClient
) -> None:
    simulator.faults(account, api=[{"mode": "delay", "seconds": 0.5}])
    form = FORM | {"confirm": "true", "payment_method": "pm_card_visa", "return_url": SHOP_PAGE}
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(simulator, account, "k", form)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(one.status_code for one in answers)
    assert statuses == [200] + [409] * 5
    conflict: Any = next(one for one in answers if one.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert [one["idempotency_key"] for one in simulator.ledger(account)] == ["k"]
    assert count(client) == 1


def test_a_key_has_at_most_255_characters(simulator: RunningSimulator, account: str) -> None:
    assert post(simulator, account, "k" * 255, FORM).status_code == 200
    assert post(simulator, account, "k" * 256, FORM).status_code == 400
