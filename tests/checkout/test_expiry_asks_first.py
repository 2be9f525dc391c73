"""Before an order expires its provider is asked: who paid just now is served (PAY-008)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.checkout import services, tasks
from apps.checkout.dto import Expiry
from apps.orders.models import Order
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shop.models import ShopSettings
from tests.orders.placing import await_payment, held, intent_of, place
from tests.refunds.orders import work_off
from tests.support.goods import make_variant
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

MINUTE = timedelta(minutes=1)


class FakeStripe:
    """Holds one state for every payment; gives up what is open."""

    def __init__(self) -> None:
        self.state = ProviderState.OPEN
        self.amount = 1000
        self.is_silent = False
        self.asked = 0
        self.gives_up = True

    def fetch_intent(self, reference: str) -> ProviderIntent:
        self.asked += 1
        if self.is_silent:
            raise ProviderUnavailable
        is_agreed = self.state is ProviderState.AUTHORIZED
        return ProviderIntent(
            reference=reference,
            state=self.state,
            amount_received=self.amount if self.state is ProviderState.SUCCEEDED else 0,
            amount_capturable=self.amount if is_agreed else 0,
            currency="USD",
        )

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        if self.state in (ProviderState.OPEN, ProviderState.AUTHORIZED) and self.gives_up:
            self.state = ProviderState.CANCELLED
        return self.fetch_intent(reference)

    def capture_intent(
        self, reference: str, *, amount: int, currency: str, key: str
    ) -> ProviderIntent:
        self.state = ProviderState.SUCCEEDED
        return self.fetch_intent(reference)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Of 10.00, known to the provider; its time was up a moment ago."""
    connect_payments()
    return due()


def due() -> Order:
    minutes = ShopSettings.objects.get().order_expiry_minutes
    order = place((make_variant(price=1000, stock=10), 1), now=clock.now() - minutes * MINUTE)
    await_payment(order)
    PaymentIntent.objects.filter(order_id=order.pk).update(provider_reference=f"pi_{order.pk.hex}")
    order.refresh_from_db()
    return order


def expire(order: Order, *, minutes: int = 0) -> Expiry:
    """What the sweep does so many minutes later."""
    now = clock.now() + minutes * MINUTE
    return services.expire_unpaid_order(order_id=order.pk, now=now)


def stands(order: Order) -> tuple[str, str, int]:
    order.refresh_from_db()
    return order.status, intent_of(order).status, held(order)


def test_pay_008_who_paid_in_the_last_minute_is_served(order: Order, stripe: FakeStripe) -> None:
    """PAY-008: the webhook is lost; the order is paid, not closed and refunded."""
    stripe.state = ProviderState.SUCCEEDED

    assert expire(order) is Expiry.TAKEN

    assert stands(order) == ("awaiting_payment", "succeeded", 1)
    assert order.expires_at > clock.now()
    work_off(("apps.checkout",))
    assert stands(order) == ("paid", "succeeded", 1)
    assert expire(order, minutes=5) is Expiry.LEFT
    assert not PaymentIntent.objects.exclude(flag="").exists()


def test_what_the_shopper_agreed_to_is_captured(order: Order, stripe: FakeStripe) -> None:
    """PAY-008: the word that it may be captured is lost."""
    stripe.state = ProviderState.AUTHORIZED

    assert expire(order) is Expiry.TAKEN

    work_off(("apps.checkout",))
    assert stands(order) == ("paid", "succeeded", 1)


def test_what_the_shop_captures_by_hand_waits_for_it(order: Order, stripe: FakeStripe) -> None:
    PaymentIntent.objects.update(is_captured_by_hand=True)
    stripe.state = ProviderState.AUTHORIZED

    assert expire(order) is Expiry.UNDER_WAY

    assert stands(order)[:2] == ("awaiting_payment", "processing")
    assert stripe.state is ProviderState.AUTHORIZED


def test_an_unpaid_order_is_given_up_at_the_provider_and_then_closed(
    order: Order, stripe: FakeStripe
) -> None:
    """INV 8"""
    assert expire(order) is Expiry.EXPIRED
    assert stands(order) == ("failed", "cancelled", 0)
    asked = stripe.asked
    assert (expire(order), stripe.asked) == (Expiry.LEFT, asked)


def test_a_bank_debit_under_way_keeps_its_order(order: Order, stripe: FakeStripe) -> None:
    """PAY-008: a week at most; every quarter of an hour it is asked again."""
    stripe.state = ProviderState.UNDER_WAY

    assert expire(order) is Expiry.UNDER_WAY
    assert stands(order) == ("awaiting_payment", "processing", 1)
    assert expire(order, minutes=10) is Expiry.LEFT
    assert expire(order, minutes=6 * 24 * 60) is Expiry.UNDER_WAY
    assert expire(order, minutes=7 * 24 * 60 + 1) is Expiry.EXPIRED
    assert stands(order) == ("failed", "processing", 0)


def test_a_provider_that_cannot_give_up_keeps_no_order(order: Order, stripe: FakeStripe) -> None:
    """INV 8: open and not paid; should it be paid later, PAY-008 gives the money back."""
    stripe.gives_up = False
    assert expire(order) is Expiry.EXPIRED
    assert stands(order) == ("failed", "processing", 0)


def test_a_silent_provider_is_waited_for_half_an_hour(order: Order, stripe: FakeStripe) -> None:
    stripe.is_silent = True
    waited = [minutes for minutes in range(40) if expire(order, minutes=minutes) is Expiry.UNKNOWN]

    assert waited[:3] == [0, 2, 4]
    assert max(waited) == 28
    assert stands(order)[0] == "failed"


def test_a_provider_that_comes_back_tells_what_was_paid(order: Order, stripe: FakeStripe) -> None:
    stripe.is_silent, stripe.state = True, ProviderState.SUCCEEDED
    assert expire(order) is Expiry.UNKNOWN

    stripe.is_silent = False

    assert expire(order, minutes=3) is Expiry.TAKEN
    work_off(("apps.checkout",))
    assert stands(order)[0] == "paid"


def test_pay_008_another_amount_does_not_keep_the_order(order: Order, stripe: FakeStripe) -> None:
    """PAY-008: it is flagged, and given back by its sweep."""
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 999

    assert expire(order) is Expiry.EXPIRED

    assert (order.pk, stands(order)[0]) == (order.pk, "failed")
    assert intent_of(order).flag == "amount_mismatch"


def test_what_the_provider_was_never_told_of_expires_unasked(
    order: Order, stripe: FakeStripe
) -> None:
    PaymentIntent.objects.update(provider_reference=None)
    assert expire(order) is Expiry.EXPIRED
    assert (stands(order)[0], stripe.asked) == ("failed", 0)


def test_after_a_silence_the_rest_of_the_run_is_not_asked(order: Order, stripe: FakeStripe) -> None:
    """Ten time-outs would hold up everybody else; what need not be asked about expires."""
    others = [due() for _ in range(3)]
    unknown = due()
    PaymentIntent.objects.filter(order_id=unknown.pk).update(provider_reference=None)
    stripe.is_silent = True

    run = services.expire_unpaid_orders(now=clock.now(), most=100)

    assert (run.closed, run.was_silent, stripe.asked) == (1, True, 1)
    assert [stands(one)[0] for one in (order, *others)] == ["awaiting_payment"] * 4
    assert stands(unknown)[0] == "failed"
    assert services.expire_unpaid_orders(now=clock.now(), most=100).closed == 0


def test_three_silent_shops_are_enough(
    shop_a: TestShop, shop_b: TestShop, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' orders are not held up by it, nor asked about."""
    stripe.is_silent = True
    monkeypatch.setattr(tasks, "SILENT_SHOPS", 1)
    for shop in (shop_a, shop_b):
        with use_shop(shop):
            connect_payments()
            due()
            unknown = due()
            PaymentIntent.objects.filter(order_id=unknown.pk).update(provider_reference=None)

    shops = [shop_a.schema, shop_b.schema]
    assert tasks.expire_in_shops(schema_name="public", shops=shops) == 2

    assert stripe.asked == 1


def test_a_run_ends_when_its_time_is_up(order: Order, stripe: FakeStripe) -> None:
    assert services.expire_unpaid_orders(now=clock.now(), most=9, longest=-1.0).closed == 0
    assert (stands(order)[0], stripe.asked) == ("awaiting_payment", 0)


def test_two_sweeps_and_a_webhook_at_once_end_well(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """ORDER-005, PAY-007: whoever comes first, the order is paid once."""
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = due()
        stripe.state = ProviderState.SUCCEEDED
        fact = ProviderIntent(
            reference=f"pi_{order.pk.hex}",
            state=ProviderState.SUCCEEDED,
            amount_received=1000,
            currency="USD",
        )
        intent_id = intent_of(order).pk

        def webhook() -> str:
            from apps.payments.services import take_provider_intent

            return take_provider_intent(intent_id=intent_id, fact=fact, now=clock.now())

        results = race(shop, lambda: expire(order), lambda: expire(order), webhook)

        assert [one for one in results if isinstance(one, BaseException)] == []
        work_off(("apps.checkout",))
        assert stands(order) == ("paid", "succeeded", 1)
