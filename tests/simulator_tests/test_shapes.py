"""Objects hold what Stripe's hold: by the SDK's classes, and by Stripe's own examples."""

import json
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.simulator.running import RunningSimulator
from tests.simulator_tests.conformance import misfits, unlike
from tests.simulator_tests.payments import confirmed, open_intent, paid_intent

# A part of Stripe's fixtures3.json of August 2026, kept so that the check needs nothing else.
EXAMPLES = Path(__file__).parent / "data" / "stripe_examples_2026-08.json"
ORIGINAL = (
    Path(__file__).parents[3] / "shared" / "data" / "providers" / "stripe_fixtures3_2026-08.json"
)
CLASSES: dict[str, type[stripe.StripeObject]] = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "event": stripe.Event,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "balance_transaction": stripe.BalanceTransaction,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
}
Json = dict[str, Any]
# Only in some states, or shown once: https://docs.stripe.com/api
STATEFUL = {
    "refund.failure_balance_transaction",
    "refund.failure_reason",
    "webhook_endpoint.secret",
    # What an event holds depends on its type.
    "event.data.object",
    # The examples show these filled or expanded; the API fills them only when asked or needed.
    "charge.refunds",
    "payment_intent.last_payment_error",
    "payment_intent.next_action",
    "payment_intent.shipping",
    "charge.shipping",
    "payment_method.metadata",
}
# Newer than the examples; in the SDK's class.
NEWER = {"payment_intent.allowed_payment_method_types"}


@pytest.fixture(scope="module")
def objects(simulator: RunningSimulator) -> list[Json]:
    """Every kind of object, in as many states as it has."""
    client = simulator.client("shapes")
    simulator.reset("shapes")
    endpoint = client.v1.webhook_endpoints.create(
        {"url": "http://shapes.localhost:9/", "enabled_events": ["invoice.paid"]}
    )
    paid: Any = paid_intent(client, metadata={"order": "1"}, description="Order")
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    failing = paid_intent(client)
    refund = client.v1.refunds.create({"payment_intent": failing.id})
    simulator.decide_refund("shapes", refund.id, "failed")
    held = paid_intent(client, capture_method="manual")
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 400})
    client.v1.payment_intents.cancel(paid_intent(client, capture_method="manual").id)
    client.v1.payment_intents.cancel(open_intent(client).id)
    confirmed(client, open_intent(client), "pm_card_threeDSecure2Required")
    declined = open_intent(
        client,
        shipping={"name": "Ann", "address": {"line1": "Street 1"}},
        automatic_payment_methods={"enabled": False},
    )
    with pytest.raises(stripe.CardError):
        confirmed(client, declined, "pm_card_visa_chargeDeclined")
    simulator.pay_out("shapes")
    services = (
        client.v1.payment_intents,
        client.v1.charges,
        client.v1.refunds,
        client.v1.events,
        client.v1.balance_transactions,
        client.v1.payouts,
        client.v1.webhook_endpoints,
    )
    found = [endpoint.to_dict(), client.v1.payment_methods.retrieve(paid.payment_method).to_dict()]
    for service in services:
        listed: Any = service
        found += [one.to_dict() for one in listed.list({"limit": 100}).auto_paging_iter()]
    return found


def test_every_kind_of_object_was_made(objects: list[Json]) -> None:
    assert {one["object"] for one in objects} == set(CLASSES)
    statuses = {one["status"] for one in objects if one["object"] == "payment_intent"}
    assert statuses == {
        "succeeded",
        "canceled",
        "requires_action",
        "requires_payment_method",
    }


def test_objects_fit_the_classes_of_the_sdk(objects: list[Json]) -> None:
    problems = {
        problem
        for one in objects
        for problem in misfits(one, CLASSES[one["object"]], one["object"])
    }
    assert problems == set()


def test_snapshots_in_events_fit_too(objects: list[Json]) -> None:
    snapshots = [one["data"]["object"] for one in objects if one["object"] == "event"]
    assert {one["object"] for one in snapshots} == {"payment_intent", "charge", "refund"}
    for one in snapshots:
        assert misfits(one, CLASSES[one["object"]], one["object"]) == []


def test_objects_have_the_fields_of_stripes_examples(objects: list[Json]) -> None:
    examples = json.loads(EXAMPLES.read_text())["resources"]
    problems = {
        problem
        for one in objects
        for problem in unlike(one, examples[one["object"]], one["object"], STATEFUL | NEWER)
    }
    assert problems == set()


def test_the_kept_examples_are_stripes_own() -> None:
    kept = json.loads(EXAMPLES.read_text())["resources"]
    assert kept.keys() == CLASSES.keys()
    if ORIGINAL.exists():
        published = json.loads(ORIGINAL.read_text())["resources"]
        assert kept == {name: published[name] for name in kept}


def test_the_checks_see_what_is_wrong() -> None:
    example = {"id": "re_1", "amount": 5, "card": {"last4": "4242"}}
    assert unlike({"id": "re_1", "amount": 5, "card": {"last4": None}}, example, "x") == []
    assert unlike({"id": 1, "card": {}, "more": None}, example, "x") == [
        "x.amount is missing",
        "x.card.last4 is missing",
        "x.id is int, not str",
        "x.more is unknown",
    ]
    refund = {"id": "re_1", "object": "refund", "amount": "5", "created": 1, "colour": None}
    assert sorted(misfits(refund, stripe.Refund, "refund")) == [
        "refund.amount is str, not int",
        "refund.colour is unknown",
        "refund.currency is missing",
    ]
