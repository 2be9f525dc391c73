import threading
from typing import Any

import pytest
import stripe

from tests.simulator.running import RunningSimulator
from tests.simulator_tests.payments import open_intent, paid_intent
from tests.simulator_tests.receiver import Receiver


def test_refunds_add_up_to_the_payment_and_never_beyond(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    intent = paid_intent(client)
    first = client.v1.refunds.create(
        {
            "payment_intent": intent.id,
            "amount": 600,
            "reason": "requested_by_customer",
            "metadata": {"refund": "ref_1"},
        }
    )
    assert (first.status, first.amount, first.currency) == ("succeeded", 600, "usd")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 401})
    assert (refused.value.http_status, refused.value.param) == (400, "amount")
    rest = client.v1.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 400
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    assert simulator.payments(account)[intent.id]["refunded"] == 1000
    listed = client.v1.refunds.list({"payment_intent": intent.id})
    assert [one.id for one in listed.data] == [rest.id, first.id]


def test_two_refunds_at_once_cannot_exceed_the_payment(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    intent = paid_intent(client)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def refund() -> None:
        start.wait()
        try:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 600})
            outcomes.append("refunded")
        except stripe.InvalidRequestError:
            outcomes.append("refused")

    threads = [threading.Thread(target=refund) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refunded"] + ["refused"] * 7
    assert simulator.payments(account)[intent.id]["refunded"] == 600


def test_what_was_not_captured_cannot_be_refunded(client: stripe.StripeClient) -> None:
    held = paid_intent(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": held.id})
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": str(held.latest_charge)})
    assert refused.value.code == "charge_not_refundable"
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": open_intent(client).id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"amount": 5})
    assert refused.value.code == "parameter_missing"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": "pi_none"})
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 400)


def test_a_refund_of_cards_cannot_be_canceled_but_described(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"charge": str(paid_intent(client).latest_charge)})
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        client.v1.refunds.cancel(refund.id)
    described = client.v1.refunds.update(refund.id, {"metadata": {"note": "x"}})
    assert described.metadata is not None
    assert described.metadata.to_dict() == {"note": "x"}
    assert client.v1.refunds.retrieve(refund.id) == described


def test_a_refund_in_the_dashboard_arrives_by_webhook(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    intent = paid_intent(client)
    receiver.listen_to(client)
    made = simulator.dashboard_refund(account, intent.id, 250)
    created, refunded = receiver.wait_for(2)
    assert receiver.verified(created).type == "refund.created"
    assert created.event["data"]["object"]["id"] == made["id"]
    assert refunded.event["data"]["object"]["amount_refunded"] == 250
    assert refunded.event["request"] == {"id": None, "idempotency_key": None}
    with pytest.raises(ValueError, match="greater than unrefunded"):
        simulator.dashboard_refund(account, intent.id, 751)


def test_a_refund_that_fails_later_gives_the_money_back_to_the_shop(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, receiver: Receiver
) -> None:
    intent = paid_intent(client, card="pm_card_refundFail")
    receiver.listen_to(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    receiver.wait_for(5)
    assert sorted(receiver.types) == [
        "charge.refund.updated",
        "charge.refunded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ]
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert simulator.payments(account)[intent.id]["refunded"] == 0
    assert [one["kind"] for one in simulator.ledger(account)] == [
        "charge",
        "refund",
        "refund_failed",
    ]


@pytest.mark.parametrize(("decision", "kept"), [("succeeded", 1000), ("failed", 0)])
def test_a_pending_refund_is_decided_by_the_bank(
    client: stripe.StripeClient,
    simulator: RunningSimulator,
    account: str,
    decision: str,
    kept: int,
) -> None:
    intent = paid_intent(client)
    simulator.faults(account, refunds={"status": "pending"})
    refund: Any = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    assert simulator.decide_refund(account, refund.id, decision)["status"] == decision
    assert simulator.payments(account)[intent.id]["refunded"] == kept
