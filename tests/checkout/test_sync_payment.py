"""Asking the provider ourselves: for payments whose webhook never comes (P7)."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from apps.checkout import services, tasks
from apps.finance.models import FinancialTransaction
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import IntentRequest, ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shared.outbox.models import DomainEvent
from config.celery import app
from config.settings.integrations.celery_beat import CELERY_BEAT_SCHEDULE
from tests.orders.placing import NOW, await_payment, intent_of, place
from tests.refunds.orders import work_off
from tests.support.goods import make_variant
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

LATER = NOW + timedelta(minutes=3)


class FakeStripe:
    """Knows one state for every payment; makes each once per key; fails as told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled: list[str] = []
        self.state = ProviderState.OPEN
        self.amount = 0
        self.failures: dict[str, Exception] = {}

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        return self._answer(f"pi_{key}")

    def fetch_intent(self, reference: str) -> ProviderIntent:
        return self._answer(reference)

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        self.cancelled.append(reference)
        if self.state is ProviderState.OPEN:
            self.state = ProviderState.CANCELLED
        return self._answer(reference)

    def _answer(self, reference: str) -> ProviderIntent:
        self.asked.append(reference)
        if reference in self.failures:
            raise self.failures[reference]
        return ProviderIntent(
            reference=reference,
            state=self.state,
            amount_received=self.amount,
            currency="USD",
            client={"client_secret": "secret"},
        )


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Awaits 10.00; the provider knows of the payment as `pi_1`."""
    connect_payments()
    return started("pi_1")


def started(reference: str | None) -> Order:
    order = place((make_variant(price=1000, stock=9), 1))
    PaymentIntent.objects.filter(order_id=order.pk).update(provider_reference=reference)
    await_payment(order)
    return order


def sync(order: Order) -> str:
    return services.sync_payment(payment_id=intent_of(order).pk, now=LATER)


def status(order: Order) -> str:
    return str(Order.objects.get(pk=order.pk).status)


def test_a_payment_whose_webhook_never_came_is_taken(order: Order, stripe: FakeStripe) -> None:
    """P7, ORDER-005: our own question is as good as a signed webhook; asked again, nothing more."""
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000

    assert [sync(order), sync(order)] == ["succeeded", "already_succeeded"]
    work_off(("apps.checkout",))

    assert status(order) == "paid"
    assert FinancialTransaction.objects.count() == 1
    assert DomainEvent.objects.filter(name="payments.intent.succeeded").count() == 1


def test_a_payment_that_is_still_open_stays_as_it_is(order: Order, stripe: FakeStripe) -> None:
    assert sync(order) == "noted"
    assert (status(order), intent_of(order).status) == ("awaiting_payment", "processing")


def test_another_amount_is_flagged_and_pays_nothing(order: Order, stripe: FakeStripe) -> None:
    """P5."""
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 999

    assert sync(order) == "amount_mismatch"

    assert (status(order), intent_of(order).flag) == ("awaiting_payment", "amount_mismatch")


def test_a_wish_whose_call_was_lost_is_found_under_its_key(
    shop_a: TestShop, stripe: FakeStripe
) -> None:
    """PAY-004, PAY-005: a crash between record and call, or between call and answer."""
    connect_payments()
    order = place((make_variant(price=1000, stock=9), 1))

    assert [sync(order), sync(order)] == ["started", "noted"]

    intent = intent_of(order)
    assert intent.provider_reference == f"pi_{intent.public_id}:create"
    assert intent.client == {"client_secret": "secret"}
    assert stripe.asked == [intent.provider_reference] * 2
    assert status(order) == "awaiting_payment"


def test_a_payment_of_a_closed_order_is_given_up(order: Order, stripe: FakeStripe) -> None:
    """As the handler of the cancellation does, should its delivery have died."""
    orders.cancel_order(order_id=order.pk, reason="", now=NOW)

    assert sync(order) == "cancelled"

    assert stripe.cancelled == ["pi_1"]


def test_the_provider_is_asked_outside_of_transactions(order: Order, stripe: FakeStripe) -> None:
    """PAY-005."""
    assert services.sync_payment.transaction_role == "outside"  # type: ignore[attr-defined]
    stripe.failures["pi_1"] = ProviderUnavailable()
    with pytest.raises(ProviderUnavailable):
        sync(order)
    assert intent_of(order).status == "processing"


def asked_after(order: Order, minutes: int) -> list[int]:
    """At which minutes after it was made a sweep every minute asks for the payment."""
    made = intent_of(order).created_at
    return [
        minute
        for minute in range(minutes)
        if payments.claim_payment_to_sync(now=made + timedelta(minutes=minute))
    ]


def test_the_older_a_payment_the_less_often_it_is_asked_for(order: Order) -> None:
    """P7: the promise of docs/runbooks/reconciliation.md rests on these pauses."""
    minutes = asked_after(order, 6 * 60)
    assert minutes[:10] == [2, 3, 4, 5, 6, 7, 8, 9, 12, 15]
    within_two_hours = [one for one in minutes if one < 120]
    pauses = {b - a for a, b in pairwise(within_two_hours)}
    assert pauses == {1, 3}
    assert [b - a for a, b in pairwise(minutes[-4:])] == [60, 60, 60]


def test_only_payments_under_way_are_asked_for(order: Order, stripe: FakeStripe) -> None:
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
    assert services.sync_overdue_payments(now=LATER, most=5) == 1
    assert services.sync_overdue_payments(now=LATER + timedelta(hours=1), most=5) == 0


def test_a_sweep_goes_on_after_a_refusal_and_stops_at_silence(
    order: Order, stripe: FakeStripe
) -> None:
    others = [started(f"pi_{number}") for number in (2, 3)]
    stripe.failures = {"pi_1": ProviderRefused("no such payment"), "pi_2": ProviderUnavailable()}

    with pytest.raises(ProviderUnavailable):
        services.sync_overdue_payments(now=LATER, most=5)
    assert stripe.asked == ["pi_1", "pi_2"]

    # Whoever is not answered for waits for the next turn; the next one has it now.
    assert services.sync_overdue_payments(now=LATER, most=5) == 1
    assert stripe.asked[2:] == ["pi_3"]
    assert [status(one) for one in others] == ["awaiting_payment"] * 2


def test_a_sweep_goes_on_after_what_nobody_foresaw(order: Order, stripe: FakeStripe) -> None:
    started("pi_2")
    stripe.failures = {"pi_1": ValueError("an answer of another kind")}

    assert services.sync_overdue_payments(now=LATER, most=5) == 2
    assert stripe.asked == ["pi_1", "pi_2"]


def test_workers_at_once_never_ask_for_the_same_payment(
    make_committed_shop: Callable[[], TestShop],
) -> None:
    """Claims skip what another worker holds."""
    shop = make_committed_shop()
    with use_shop(shop):
        made = {intent_of(started(f"pi_{number}")).pk for number in range(6)}

        claimed = race(shop, *[lambda: payments.claim_payment_to_sync(now=LATER) for _ in range(8)])

    found = [one for one in claimed if one is not None]
    assert len(found) == len(set(found))
    assert set(found) <= made


def test_two_syncs_at_once_pay_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """FIN-002, PAY-007: a sweep, an operator and a webhook may come together."""
    shop = make_committed_shop()
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
    with use_shop(shop):
        connect_payments()
        order = started("pi_1")

        outcomes = race(shop, *[lambda: sync(order) for _ in range(6)])

        assert sorted(map(str, outcomes)) == ["already_succeeded"] * 5 + ["succeeded"]
        assert DomainEvent.objects.filter(name="payments.intent.succeeded").count() == 1


def test_every_shop_has_its_turn_every_minute(
    order: Order, shop_b: TestShop, stripe: FakeStripe
) -> None:
    """T3, TEN-002."""
    entry = CELERY_BEAT_SCHEDULE["sync-payments"]
    assert entry["task"] in app.tasks
    assert entry["schedule"] == 60.0
    PaymentIntent.objects.update(created_at=clock.now() - timedelta(minutes=3))

    shops = ["test_a", "test_b"]
    done = tasks.sync_payments_in_shops(
        schema_name="public", shops=[f"shop_{one}" for one in shops]
    )

    assert (done, stripe.asked) == (1, ["pi_1"])


def test_a_silent_provider_does_not_hold_up_all_shops(
    order: Order, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def silent(**_: object) -> int:
        tried.append(1)
        raise ProviderUnavailable

    monkeypatch.setattr(services, "sync_overdue_payments", silent)

    assert tasks.sync_payments_in_shops(schema_name="public", shops=["shop_test_a"] * 10) == 0
    assert len(tried) == 3
