import itertools
import time
from typing import Any

import pytest
import stripe

from tests.simulator.running import RunningSimulator
from tests.simulator_tests.payments import confirmed, open_intent, paid_intent
from tests.simulator_tests.receiver import Receiver

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]


def test_a_payment_is_announced_in_order_and_signed(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.listen_to(client, "apparel.galleria.localhost")
    intent = paid_intent(client, metadata={"order": "ord_1"})
    received = receiver.wait_for(4)
    assert sorted(receiver.types) == sorted(PAID)
    # What concerns the payment itself, and what concerns it by reference, each in order.
    of_intent = [one for one in receiver.types if one.startswith("payment_intent.")]
    assert of_intent == ["payment_intent.created", "payment_intent.succeeded"]
    for one in received:
        event = receiver.verified(one)
        assert event.api_version == stripe.api_version
        assert one.host == f"apparel.galleria.localhost:{receiver.port}"
    succeeded = next(one for one in received if one.event["type"] == "payment_intent.succeeded")
    subject = succeeded.event["data"]["object"]
    assert subject["id"] == intent.id
    assert subject["amount_received"] == 1000
    assert subject["metadata"] == {"order": "ord_1"}
    assert succeeded.event["request"]["idempotency_key"]


def test_events_can_be_asked_for(
    client: stripe.StripeClient,
    simulator: RunningSimulator,
    account: str,
    receiver: Receiver,
) -> None:
    receiver.listen_to(client)
    paid_intent(client)
    simulator.wait_until_delivered(account)
    events = client.v1.events.list().data
    assert [one.type for one in events] == PAID[::-1]
    assert [one.pending_webhooks for one in events] == [0] * 4
    only = client.v1.events.list({"type": "charge.succeeded"})
    assert [one.type for one in only.data] == ["charge.succeeded"]
    several = client.v1.events.list({"types": ["charge.succeeded", "charge.updated"]})
    assert len(several.data) == 2
    assert client.v1.events.retrieve(events[0].id).id == events[0].id


def test_a_decline_is_announced(client: stripe.StripeClient, receiver: Receiver) -> None:
    intent = open_intent(client)
    receiver.listen_to(client)
    with pytest.raises(stripe.CardError):
        confirmed(client, intent, "pm_card_visa_chargeDeclined")
    receiver.wait_for(2)
    assert sorted(receiver.types) == ["charge.failed", "payment_intent.payment_failed"]


def test_an_endpoint_hears_what_it_asked_for(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    endpoint = client.v1.webhook_endpoints.create(
        {
            "url": f"http://127.0.0.1:{receiver.port}/",
            "enabled_events": ["payment_intent.succeeded"],
            "description": "Shop",
        }
    )
    assert endpoint.secret is not None
    assert endpoint.secret.startswith("whsec_")
    # Shown once.
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    assert "secret" not in client.v1.webhook_endpoints.list().data[0].to_dict()
    paid_intent(client)
    simulator.wait_until_delivered(account)
    assert receiver.types == ["payment_intent.succeeded"]
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    paid_intent(client)
    client.v1.webhook_endpoints.update(
        endpoint.id, {"disabled": False, "enabled_events": ["charge.succeeded"]}
    )
    paid_intent(client)
    simulator.wait_until_delivered(account)
    assert receiver.types == ["payment_intent.succeeded", "charge.succeeded"]
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
    assert client.v1.webhook_endpoints.list().data == []
    paid_intent(client)
    assert simulator.deliveries(account)[-1]["type"] == "charge.succeeded"


def test_a_bad_endpoint_is_refused(client: stripe.StripeClient) -> None:
    for url in ("shop.example/webhooks", "ftp://shop.example", "http://", "http://a:99999/"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
        assert refused.value.code == "url_invalid"


def test_a_refused_webhook_is_sent_again_until_it_is_taken(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    receiver.statuses = [500, 301, 404]
    open_intent(client)
    received = receiver.wait_for(4)
    simulator.wait_until_delivered(account)
    assert len({one.event["id"] for one in received}) == 1
    assert len({one.body for one in received}) == 1
    pauses = [b.at - a.at for a, b in itertools.pairwise(received)]
    assert all(low <= pause for low, pause in zip([0.19, 0.39, 0.79], pauses, strict=True))
    (delivery,) = simulator.deliveries(account)
    assert (delivery["state"], delivery["attempts"][0]["status"]) == ("delivered", 500)
    assert [one["status"] for one in delivery["attempts"]] == [500, 301, 404, 200]


def test_one_refused_webhook_does_not_hold_up_the_others(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    receiver.statuses = [500]
    first, second = open_intent(client), open_intent(client)
    receiver.wait_for(3)
    simulator.wait_until_delivered(account)
    subjects = [one.event["data"]["object"]["id"] for one in receiver.received]
    assert sorted(subjects) == sorted([first.id, first.id, second.id]) or sorted(
        subjects
    ) == sorted([first.id, second.id, second.id])
    assert subjects[0] != subjects[1]


def test_webhooks_wait_for_a_receiver_that_is_down(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    receiver.stop()
    intent = open_intent(client)
    deadline = time.monotonic() + 5
    while not any(one["attempts"] for one in simulator.deliveries(account)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    receiver.come_back()
    (one,) = receiver.wait_for(1)
    assert one.event["data"]["object"]["id"] == intent.id
    simulator.wait_until_delivered(account)
    assert "Refused" in simulator.deliveries(account)[0]["attempts"][0]["error"]


def test_a_connection_that_went_stale_is_no_failed_attempt(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    receiver = Receiver(idle_seconds=0.1)
    receiver.start()
    receiver.listen_to(client)
    for count in (1, 2, 3):
        open_intent(client)
        receiver.wait_for(count)
        time.sleep(0.2)
    simulator.wait_until_delivered(account)
    attempts = [one for delivery in simulator.deliveries(account) for one in delivery["attempts"]]
    assert [one["status"] for one in attempts] == [200, 200, 200]
    receiver.stop()


def test_duplicates_have_one_event_id(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"duplicate": 9})
    open_intent(client)
    received = receiver.wait_for(10)
    simulator.wait_until_delivered(account)
    assert len(receiver.received) == 10
    assert len({one.event["id"] for one in received}) == 1
    assert received[-1].at - received[0].at < 1


def test_a_delayed_webhook_comes_later(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"delay_seconds": 0.6})
    made = time.time()
    open_intent(client)
    (one,) = receiver.wait_for(1)
    assert 0.6 <= one.at - made < 3


def test_a_dropped_webhook_never_comes_but_can_be_asked_for(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"drop": True})
    paid_intent(client)
    simulator.wait_until_delivered(account)
    assert receiver.received == []
    assert {one["state"] for one in simulator.deliveries(account)} == {"dropped"}
    events = client.v1.events.list({"type": "payment_intent.succeeded"}).data
    simulator.redeliver(account, events[0].id)
    (one,) = receiver.wait_for(1)
    assert receiver.verified(one).id == events[0].id


def test_reordered_webhooks_come_newest_first(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"reorder": True})
    paid_intent(client)
    receiver.wait_for(4)
    assert receiver.types == PAID[::-1]


def test_a_corrupted_signature_does_not_verify(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"corrupt_signature": True})
    receiver.statuses = [400]
    open_intent(client)
    (bad,) = receiver.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.verified(bad)
    simulator.clear_faults(account)
    good = receiver.wait_for(2)[1]
    assert receiver.verified(good).type == "payment_intent.created"


def test_a_stale_signature_is_out_of_tolerance(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    receiver.listen_to(client)
    simulator.faults(account, webhooks={"timestamp_offset_seconds": -301})
    open_intent(client)
    (old,) = receiver.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        receiver.verified(old)


def test_faults_can_be_seen_and_must_make_sense(simulator: RunningSimulator, account: str) -> None:
    simulator.faults(account, webhooks={"drop": True}, api=[{"mode": "error_500", "times": 2}])
    shown = simulator.get_json(f"/_sim/accounts/{account}/faults")
    assert shown["webhooks"]["drop"] is True
    assert shown["api"][0] == {"route": "*", "mode": "error_500", "seconds": 0.0, "times": 2}
    refused: list[dict[str, Any]] = [
        {"webhook": {}},
        {"webhooks": {"duplicate": -1}},
        {"api": [{"mode": "x"}]},
    ]
    for nonsense in refused:
        with pytest.raises(ValueError, match="validation error"):
            simulator.faults(account, **nonsense)
    simulator.clear_faults(account)
    assert simulator.get_json(f"/_sim/accounts/{account}/faults")["api"] == []
