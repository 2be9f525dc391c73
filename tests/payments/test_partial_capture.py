"""Less is captured than was agreed to: the rest is released, and the order charged so much less."""

import itertools
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from apps.checkout import services as checkout
from apps.finance.models import FinancialOrder, FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments import services
from apps.payments.errors import (
    CaptureAmountInvalid,
    CaptureExceedsAuthorized,
    CaptureUnderWay,
    NotAuthorized,
    PartialCaptureUnsupported,
    ProviderRefused,
)
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.gateways.stripe.gateway import StripeGateway
from apps.payments.models import PaymentAccount, PaymentCapture, PaymentIntent
from apps.refunds.errors import RefundExceedsCaptured
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.invariants.examine import examine_shop
from apps.shared.outbox.models import DomainEvent, EventDelivery
from tests.admin.browser import owner_of
from tests.admin.rows import an_intent, an_order
from tests.payments.test_capture import account, agree, agreed, confirm, order, start, taken
from tests.refunds.orders import books, credit_notes, refunded, statuses, work_off
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race

__all__ = ["account", "agreed", "order", "simulator"]
WORKERS = ["apps.payments", "apps.checkout", "apps.refunds", "apps.finance.issue_"]
Json = dict[str, Any]


def webhooks(simulator: RunningSimulator, account: str) -> list[Json]:
    """What the account has told so far, the oldest first."""
    found = simulator.client(account).v1.events.list({"limit": 100}).data
    return [one.to_dict() for one in reversed(found)]


def hear(events: Sequence[Json]) -> None:
    for event in events:
        services.store_provider_event(
            provider="stripe",
            envelope=WebhookEnvelope(event_id=event["id"], event_type=event["type"]),
            headers={},
            body=json.dumps(event, default=str).encode(),
            now=clock.now(),
        )
        work_off(WORKERS)


def ask(intent: PaymentIntent, amount: int | None = None) -> PaymentCapture:
    return services.ask_for_capture(intent_id=intent.pk, amount=amount, now=clock.now())


def ill() -> list[str]:
    """Invariants that do not hold."""
    found = examine_shop(now=clock.now(), most=10)
    assert [one.error for one in found if one.error] == []
    return [one.invariant.name for one in found if not one.is_well]


def test_an_operator_captures_less_and_the_order_is_charged_so_much(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent, shop_a: TestShop
) -> None:
    """ORDER-007, FIN-002, FIN-005: 9.00 of 15.00 in the form of the payment's page."""
    work_off(WORKERS)
    browser, page = owner_of(shop_a), f"/admin/payments/paymentintent/{agreed.pk}/"
    assert f"{page}capture/" in browser.get(f"{page}change/").content.decode()

    answer = browser.post(f"{page}capture/", {"amount": "9.00"})
    work_off(WORKERS)
    hear(webhooks(simulator, account))

    agreed.refresh_from_db()
    placed = Order.objects.get()
    assert (answer.status_code, agreed.status) == (302, "succeeded")
    assert (agreed.amount, agreed.amount_captured, agreed.amount_released) == (1500, 900, 600)
    assert (placed.status, placed.total_amount, placed.reduction_amount) == ("paid", 1500, 600)
    assert placed.transitions.latest("id").reason == "9.00 USD captured of 15.00 USD"
    assert books(placed) == [("credit", 900)]
    assert FinancialOrder.objects.get().reduction_amount == 600
    assert Invoice.objects.get().total_amount == 900
    assert taken(simulator, account, agreed) == 900
    assert ill() == []


def test_the_shopper_sees_what_was_charged(
    agreed: PaymentIntent, client_a: ShopClient, order: Json
) -> None:
    ask(agreed, 900)
    work_off(WORKERS)

    shown = client_a.get(f"orders/{order['id']}", order_token=order["token"]).json()
    path = f"orders/{order['id']}/payments"
    [payment] = client_a.get(path, order_token=order["token"]).json()["data"]

    sums = {name: one["amount"] for name, one in shown["totals"].items()}
    assert (sums["total"], sums["reduction"], sums["due"]) == (1500, 600, 900)
    assert payment["amount_captured"]["amount"] == 900
    assert payment["amount_released"]["amount"] == 600


def test_it_is_on_record_who_asked_for_how_much(agreed: PaymentIntent) -> None:
    ask(agreed, 900)
    work_off(WORKERS)

    capture = PaymentCapture.objects.get()
    assert (capture.status, capture.amount) == ("succeeded", 900)
    entry = AuditEntry.objects.get(action="payments.capture_requested")
    assert (entry.before["authorized"], entry.after["amount"]) == (1500, 900)
    happened = DomainEvent.objects.get(name="payments.intent.succeeded").payload
    assert (happened["amount"], happened["released_amount"]) == (900, 600)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [(1501, CaptureExceedsAuthorized), (0, CaptureAmountInvalid), (-1, CaptureAmountInvalid)],
)
def test_another_amount_than_was_agreed_to_is_refused(
    agreed: PaymentIntent, amount: int, refusal: type[Exception]
) -> None:
    """422 each, and nothing is written."""
    with pytest.raises(refusal):
        ask(agreed, amount)

    assert not PaymentCapture.objects.exists()
    assert not DomainEvent.objects.filter(name="payments.intent.capture_requested").exists()


def test_more_than_was_agreed_to_is_refused_in_the_form(
    agreed: PaymentIntent, shop_a: TestShop
) -> None:
    path = f"/admin/payments/paymentintent/{agreed.pk}/capture/"

    answer = owner_of(shop_a).post(path, {"amount": "15.01"})

    assert "More was asked for than the shopper has agreed to." in answer.content.decode()
    assert not PaymentCapture.objects.exists()


def test_a_provider_that_captures_all_or_nothing_says_so(agreed: PaymentIntent) -> None:
    PaymentIntent.objects.update(provider="razorpay")

    with pytest.raises(PartialCaptureUnsupported):
        ask(agreed, 900)

    assert ask(agreed).amount == 1500


def test_asking_twice_is_asking_once(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    first, again = ask(agreed, 900), ask(agreed, 900)
    with pytest.raises(CaptureUnderWay):
        ask(agreed, 800)
    work_off(WORKERS)
    with pytest.raises(NotAuthorized):
        ask(agreed, 100)

    assert (first.pk, taken(simulator, account, agreed)) == (again.pk, 900)
    assert simulator.requests(account)["POST /v1/payment_intents/{id}/capture"] == 1


def test_of_two_captures_at_once_one_is_asked_for(committed_shop: TestShop) -> None:
    """Two operators, two amounts."""
    with use_shop(committed_shop):
        intent = an_intent(an_order(lines=1))
        PaymentIntent.objects.update(amount_capturable=intent.amount, is_captured_by_hand=True)

    results = race(committed_shop, lambda: ask(intent, 900), lambda: ask(intent, 800))

    assert outcomes(results) == ["CaptureUnderWay", "ok"]
    with use_shop(committed_shop):
        assert PaymentCapture.objects.count() == 1


def test_a_capture_that_timed_out_after_it_acted_is_found_by_the_sweep(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    """X7, PAY-004, PAY-005: whoever sends it again finds the first capture."""
    route = "POST /v1/payment_intents/{id}/capture"
    fault = {"route": route, "mode": "timeout_after", "seconds": 0.1, "times": 1}
    simulator.faults(account, api=[fault])
    capture = ask(agreed, 900)

    for _ in range(2):
        services.carry_out_capture(intent_id=agreed.pk, capture_id=capture.pk, now=clock.now())

    agreed.refresh_from_db()
    assert (agreed.status, agreed.amount_captured) == ("succeeded", 900)
    assert taken(simulator, account, agreed) == 900


def test_a_capture_whose_delivery_came_to_nothing_is_carried_out_by_the_sweep(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    ask(agreed, 900)
    EventDelivery.objects.all().delete()

    assert checkout.sync_payment(payment_id=agreed.pk, now=clock.now()) == "succeeded"
    assert taken(simulator, account, agreed) == 900


def test_a_refused_capture_ends_and_another_amount_may_be_asked_for(
    simulator: RunningSimulator,
    account: str,
    agreed: PaymentIntent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key per capture: under the first one's key Stripe would refuse another amount."""
    first = ask(agreed, 900)
    with monkeypatch.context() as while_refused:
        while_refused.setattr(StripeGateway, "capture_intent", _refuses)
        work_off(WORKERS)
    first.refresh_from_db()
    assert (first.status, first.failure_code) == ("failed", "charge_expired")

    second = ask(agreed, 800)
    work_off(WORKERS)

    second.refresh_from_db()
    assert second.status == "succeeded"
    assert taken(simulator, account, agreed) == 800
    again = services.carry_out_capture(intent_id=agreed.pk, capture_id=first.pk, now=clock.now())
    assert again == "capture_failed"


def _refuses(*_: Any, **__: Any) -> Any:
    raise ProviderRefused(reason="charge_expired")


ORDERS_OF_ARRIVAL = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("arrival", ORDERS_OF_ARRIVAL)
def test_less_captured_in_the_dashboard_is_taken_in_whatever_order_it_is_told(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent, arrival: tuple[int, ...]
) -> None:
    """PAY-007: authorized, succeeded and the release, which Stripe calls a refund."""
    stripe = simulator.client(account).v1.payment_intents
    stripe.capture(agreed.provider_reference or "", {"amount_to_capture": 700})
    kinds = (
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "charge.refunded",
    )
    told = {one["type"]: one for one in webhooks(simulator, account)}

    hear([told[kinds[at]] for at in arrival] * 2)

    agreed.refresh_from_db()
    placed = Order.objects.get()
    assert (agreed.status, agreed.amount_captured, agreed.flag) == ("succeeded", 700, "")
    assert (placed.status, placed.due_amount) == ("paid", 700)
    assert books(placed) == [("credit", 700)]
    assert not Refund.objects.exists()
    assert ill() == []


def test_what_was_captured_in_the_dashboard_ends_the_request_of_another_amount(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    capture = ask(agreed, 900)
    stripe = simulator.client(account).v1.payment_intents
    stripe.capture(agreed.provider_reference or "", {"amount_to_capture": 700})

    work_off(WORKERS)

    capture.refresh_from_db()
    agreed.refresh_from_db()
    assert (capture.status, capture.failure_code) == ("failed", "captured_elsewhere")
    assert agreed.amount_captured == 700


def test_less_of_a_payment_that_takes_all_at_once_is_still_flagged(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    """PAY-008: nobody chose that."""
    PaymentIntent.objects.update(is_captured_by_hand=False)
    stripe = simulator.client(account).v1.payment_intents
    stripe.capture(agreed.provider_reference or "", {"amount_to_capture": 700})

    fact = services.fetch_provider_intent(intent_id=agreed.pk)

    assert services.take_provider_intent(intent_id=agreed.pk, fact=fact, now=clock.now()) == (
        "amount_mismatch"
    )


def test_no_more_is_given_back_than_was_captured(agreed: PaymentIntent) -> None:
    """REF-003, REF-007, ORDER-004."""
    ask(agreed, 901)
    work_off(WORKERS)
    placed = Order.objects.get()
    with pytest.raises(RefundExceedsCaptured):
        refunded(placed, other_amount=902)

    part = refunded(placed, other_amount=300)
    assert statuses(placed) == ("partially_refunded", "partially_refunded")
    rest = refunded(placed, other_amount=601)

    assert (part.status, rest.status) == ("succeeded", "succeeded")
    assert statuses(placed) == ("refunded", "refunded")
    assert books(placed) == [("credit", 901), ("debit", 300), ("debit", 601)]
    assert [amount for _, amount in credit_notes(placed)] == [300, 601]
    work_off(WORKERS)
    assert ill() == []


def test_a_voided_authorization_leaves_the_usual_time_to_pay_in_another_way(
    simulator: RunningSimulator,
    account: str,
    agreed: PaymentIntent,
    client_a: ShopClient,
    order: Json,
) -> None:
    """The hold ran out, or was voided in the dashboard."""
    work_off(WORKERS)
    capture = ask(agreed, 900)
    EventDelivery.objects.all().delete()
    simulator.client(account).v1.payment_intents.cancel(agreed.provider_reference or "")

    hear(webhooks(simulator, account))

    agreed.refresh_from_db()
    capture.refresh_from_db()
    placed = Order.objects.get()
    assert (agreed.status, agreed.amount_capturable) == ("cancelled", 0)
    assert (capture.status, capture.failure_code) == ("failed", "cancelled")
    assert placed.status == "awaiting_payment"
    assert placed.expires_at < clock.now() + timedelta(minutes=61)
    assert not Refund.objects.exists()

    PaymentAccount.objects.update(is_captured_by_hand=False)
    payment = start(client_a, order)
    agree(simulator, account, payment)
    assert confirm(client_a, order, payment).json()["status"] == "succeeded"
    assert FinancialTransaction.objects.count() == 0


def test_a_part_that_the_provider_cannot_write_is_refused_and_another_may_be_asked_for(
    agreed: PaymentIntent,
) -> None:
    """Stripe takes dinars in tens of fils only: said before anything is sent."""
    PaymentIntent.objects.filter(pk=agreed.pk).update(
        amount=20000, amount_capturable=20000, currency="KWD"
    )
    capture = ask(agreed, 10005)

    work_off(WORKERS)

    capture.refresh_from_db()
    assert (capture.status, capture.failure_code) == ("failed", "amount_not_representable")
    assert ask(agreed, 10010).pk != capture.pk
