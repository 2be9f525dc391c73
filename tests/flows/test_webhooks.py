"""Webhooks at the web processes: whom we believe, and what many, late, odd and forged ones do."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.finance.models import FinancialTransaction, Invoice
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.shared import clock
from apps.shared.outbox.models import DomainEvent
from tests.support.crowd import all_at_once
from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import DECLINED, PlacedOrder, place_order
from tests.support.shops import use_shop
from tests.support.waiting import eventually
from tests.support.webhooks import (
    as_bytes,
    changed,
    event_of,
    send,
    send_signed,
    signature,
    v1,
)

pytestmark = pytest.mark.xdist_group("processes")

Json = dict[str, Any]
CREATE = "POST /v1/payment_intents"


@pytest.fixture
def undelivered(shop: LiveShop) -> tuple[PlacedOrder, Json]:
    """An order whose payment succeeded, and the event that the provider never delivered."""
    order = place_order(shop, (make_variant(), 1))
    shop.platform.simulator.faults(shop.account, webhooks={"drop": True})
    payment = order.pay()
    shop.platform.simulator.clear_faults(shop.account)
    return order, event_of(shop, payment["provider_reference"])


def deliver(shop: LiveShop, event: Json) -> None:
    """Send it, and wait until it was worked on."""
    assert send_signed(shop, event).status_code == 200
    wait_until_quiet(shop)


def outcome_of(event: Json) -> str:
    return ProviderEvent.objects.get(event_id=event["id"]).outcome


def assert_not_paid(order: PlacedOrder, *, flag: str) -> None:
    found = order.look()
    assert (found["status"], found["paid_at"]) == ("awaiting_payment", None)
    assert PaymentIntent.objects.get().flag == flag
    assert FinancialTransaction.objects.count() == 0
    assert Invoice.objects.count() == 0
    assert order.mails() == []
    flagged = DomainEvent.objects.get(name="payments.intent.flagged")
    assert flagged.payload["flag"] == flag


_Forge = Callable[[LiveShop, bytes], tuple[bytes, str]]


def _one_byte_changed(shop: LiveShop, body: bytes) -> tuple[bytes, str]:
    return body.replace(b"succeeded", b"succeedeD", 1), signature(shop, body)


def _wrong_secret(shop: LiveShop, body: bytes) -> tuple[bytes, str]:
    now = int(time.time())
    return body, f"t={now},v1={v1('whsec_wrong', body, now)}"


def _v0_only(shop: LiveShop, body: bytes) -> tuple[bytes, str]:
    return body, signature(shop, body).replace("v1=", "v0=")


FORGERIES: dict[str, _Forge] = {
    "missing": lambda shop, body: (body, ""),
    "malformed": lambda shop, body: (body, "t=,v1"),
    "no timestamp": lambda shop, body: (body, signature(shop, body).partition(",")[2]),
    "wrong secret": _wrong_secret,
    "one byte changed": _one_byte_changed,
    "v0 only": _v0_only,
    "301 s old": lambda shop, body: (body, signature(shop, body, age=301)),
    "301 s in the future": lambda shop, body: (body, signature(shop, body, age=-302)),
    "no body": lambda shop, body: (b"", signature(shop, body)),
}


def test_what_is_not_signed_is_not_stored(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json]
) -> None:
    """P1."""
    order, event = undelivered
    for name, forge in FORGERIES.items():
        answer = send(shop, *forge(shop, as_bytes(event)))
        assert (answer.status_code, answer.code) == (400, "invalid_signature"), name

    assert ProviderEvent.objects.count() == 0
    assert order.look()["status"] == "awaiting_payment"
    deliver(shop, event)
    order.wait_until_paid()


def test_while_secrets_change_one_good_signature_of_two_is_enough(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json]
) -> None:
    """P1: two v1 values, of the old secret and of the new one."""
    order, event = undelivered
    body = as_bytes(event)
    timestamp, good = signature(shop, body).split(",")
    other = v1("whsec_other", body, int(timestamp.removeprefix("t=")))

    answer = send(shop, body, f"{timestamp},v1={other},{good}")

    assert answer.status_code == 200
    order.wait_until_paid()


def test_one_event_many_times_at_once(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json]
) -> None:
    """P3: 50 × in parallel over two processes; again 20 days later."""
    order, event = undelivered
    body = as_bytes(event)
    signed = signature(shop, body)

    answers = all_at_once([lambda: send(shop, body, signed)] * 50)

    assert Counter(answer.status_code for answer in answers) == {200: 50}
    order.wait_for_mail()
    long_ago = clock.now() - timedelta(days=20)
    ProviderEvent.objects.update(received_at=long_ago, processed_at=long_ago)
    deliver(shop, event)
    assert ProviderEvent.objects.count() == 1
    assert DomainEvent.objects.filter(name="payments.provider_event.received").count() == 1
    assert Invoice.objects.count() == 1
    assert len(order.mails()) == 1


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"amount_received": 2498}, "amount_mismatch"),
        ({"amount_received": 2500}, "amount_mismatch"),
        ({"currency": "eur"}, "amount_mismatch"),
    ],
)
def test_another_amount_pays_nothing(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json], fields: Json, flag: str
) -> None:
    """P5: one cent less, one more, another currency."""
    order, event = undelivered
    assert event["data"]["object"]["amount_received"] == order.total == 2499

    deliver(shop, changed(event, id="evt_odd", **fields))

    assert_not_paid(order, flag=flag)


def test_a_payment_of_another_shop_pays_nothing(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json], make_shop: Callable[[], LiveShop]
) -> None:
    """P5: signed well by one shop's account, about another shop's order. PAY-006: never lost."""
    order, event = undelivered
    thief = make_shop()
    body = as_bytes(event)
    foreign = send(thief, body, signature(shop, body))
    assert (foreign.status_code, foreign.code) == (400, "invalid_signature")

    assert send_signed(thief, event).status_code == 200

    with use_shop(thief):
        parked = eventually(
            ProviderEvent.objects.filter(state="parked").first, what="the event was parked"
        )
        assert parked.outcome.startswith("UnknownProviderObject")
        assert (parked.processed_at, parked.attempts) == (None, 1)
        # Nothing waits for the day until it is dead.
        ProviderEvent.objects.all().delete()
    assert order.look()["status"] == "awaiting_payment"
    deliver(shop, event)
    assert order.look()["status"] == "paid"


@pytest.mark.parametrize(
    "trouble",
    [
        {"duplicate": 5},
        {"reorder": True, "duplicate": 2},
        {"delay_seconds": 1.5, "duplicate": 1, "reorder": True},
    ],
)
def test_doubled_late_and_reordered_webhooks_end_the_same(shop: LiveShop, trouble: Json) -> None:
    """PAY-007: a decline and a success in any order, several times each."""
    shop.platform.simulator.faults(shop.account, webhooks=trouble)
    order = place_order(shop, (make_variant(), 1))
    payment = order.start_payment()
    assert order.confirm(payment, DECLINED)["error"]["code"] == "card_declined"
    assert order.confirm(payment)["status"] == "succeeded"

    order.wait_for_mail()

    shop.platform.simulator.wait_until_delivered(shop.account)
    wait_until_quiet(shop)
    assert (order.payment()["status"], order.look()["status"]) == ("succeeded", "paid")
    assert Invoice.objects.count() == 1
    assert len(order.mails()) == 1


def test_a_declined_card_may_be_followed_by_a_good_one(shop: LiveShop) -> None:
    order = place_order(shop, (make_variant(), 1))
    payment = order.start_payment()
    order.confirm(payment, DECLINED)

    failed = eventually(lambda: order.payment()["failure"], what="the failure is noted")

    assert failed["code"] == "generic_decline"
    assert order.payment()["status"] == "processing"
    assert order.look()["status"] == "awaiting_payment"
    again = order.start_payment()
    assert again["id"] == payment["id"]
    assert order.confirm(again)["status"] == "succeeded"
    order.wait_for_mail()
    assert order.payment()["failure"] is None


def test_money_for_a_closed_order_is_flagged(
    shop: LiveShop, undelivered: tuple[PlacedOrder, Json]
) -> None:
    """PAY-008."""
    order, event = undelivered
    orders.cancel_order(order_id=Order.objects.get().pk, reason="test", now=clock.now())

    deliver(shop, event)

    found = order.look()
    assert (found["status"], found["payment_status"]) == ("cancelled", "awaiting_payment")
    assert order.payment()["status"] == "succeeded"
    assert PaymentIntent.objects.get().flag == "order_not_payable"
    assert FinancialTransaction.objects.count() == 0
    assert Invoice.objects.count() == 0


def test_a_provider_that_acts_and_then_says_nothing(shop: LiveShop) -> None:
    """X7, PAY-004: asked again with the same key, it answers the payment that it has made."""
    simulator, account = shop.platform.simulator, shop.account
    simulator.faults(account, api=[{"route": CREATE, "mode": "timeout_after"}])
    order = place_order(shop, (make_variant(), 1))

    order.pay()

    order.wait_for_mail()
    assert simulator.requests(account)[CREATE] == 2
    assert [entry["kind"] for entry in simulator.ledger(account)] == ["charge"]


def test_a_provider_that_does_not_answer(shop: LiveShop) -> None:
    """503 and nothing kept: the same key works as soon as the provider does."""
    simulator, account = shop.platform.simulator, shop.account
    simulator.faults(account, api=[{"route": CREATE, "mode": "timeout_before", "times": 2}])
    order = place_order(shop, (make_variant(), 1))

    refused = order.client.post(f"orders/{order.id}/payments", idempotency_key="pay-once")

    assert (refused.status_code, refused.code) == (503, "provider_unavailable")
    assert PaymentIntent.objects.get().provider_reference is None
    assert order.look()["status"] == "pending"
    order.confirm(order.start_payment(idempotency_key="pay-once"))
    order.wait_for_mail()
    assert [entry["kind"] for entry in simulator.ledger(account)] == ["charge"]
