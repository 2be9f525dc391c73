"""Giving up the payment of an order that ended: the provider has the last word."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.orders.events import OrderCancelled, OrderExpired
from apps.payments import handlers, services
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop

ORDER = new_id()
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Handler = Callable[[], None]


class FakeStripe:
    """Remembers what it was asked to cancel; answers as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.state = ProviderState.CANCELLED
        self.failure: Exception | None = None

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        self.asked.append((reference, key))
        if self.failure:
            raise self.failure
        return ProviderIntent(
            reference=reference,
            state=self.state,
            amount_received=1000 if self.state is ProviderState.SUCCEEDED else 0,
            currency="USD",
        )


@pytest.fixture
def stripe(shop_a: TestShop, monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe()
    play(monkeypatch, fake)
    connect_payments()
    return fake


@pytest.fixture(params=["cancelled", "expired"])
def handler(request: pytest.FixtureRequest) -> Handler:
    """Delivers the event that ends the order, twice: deliveries may be repeated."""
    event: Any
    if request.param == "cancelled":
        deliver: Any = handlers.give_up_payment_of_cancelled_order
        event = OrderCancelled(order_id=str(ORDER), number="N", reason="")
    else:
        deliver = handlers.give_up_payment_of_expired_order
        event = OrderExpired(order_id=str(ORDER), number="N")

    def twice() -> None:
        deliver(event, key="k")
        deliver(event, key="k")

    return twice


@owns_transaction
def open_one(reference: str | None = "pi_1") -> PaymentIntent:
    intent = services.open_intent(
        order_id=ORDER, provider="stripe", amount=1000, currency="USD", now=NOW
    )
    PaymentIntent.objects.filter(pk=intent.pk).update(provider_reference=reference)
    return intent


def told() -> list[str]:
    return list(DomainEvent.objects.order_by("id").values_list("name", flat=True))


def test_the_provider_cancels_it(stripe: FakeStripe, handler: Handler) -> None:
    """PAY-004: once, under a key made from the payment."""
    intent = open_one()

    handler()

    intent.refresh_from_db()
    assert (intent.status, intent.flag) == ("cancelled", "")
    assert stripe.asked == [("pi_1", f"{intent.public_id}:cancel")]
    assert told() == ["payments.intent.cancelled"]


def test_one_that_succeeded_meanwhile_is_taken_as_it_is(
    stripe: FakeStripe, handler: Handler
) -> None:
    """PAY-008: settlement finds the order closed and flags the payment."""
    stripe.state = ProviderState.SUCCEEDED
    intent = open_one()

    handler()

    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert told() == ["payments.intent.succeeded"]


def test_one_that_the_provider_goes_on_with_waits_for_its_webhook(
    stripe: FakeStripe, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.state = ProviderState.OPEN
    intent = open_one()

    with caplog.at_level(logging.WARNING):
        handler()

    intent.refresh_from_db()
    assert intent.status == "processing"
    assert "payment.not_cancelled" in [one.message for one in caplog.records]


def test_one_that_the_provider_was_never_told_of_is_cancelled_here(
    stripe: FakeStripe, handler: Handler
) -> None:
    intent = open_one(reference=None)

    handler()

    intent.refresh_from_db()
    assert (intent.status, stripe.asked) == ("cancelled", [])
    assert told() == ["payments.intent.cancelled"]


def test_a_provider_that_is_away_is_asked_again_later(stripe: FakeStripe, handler: Handler) -> None:
    """PAY-005: nothing is written, the delivery fails and comes back."""
    stripe.failure = ProviderUnavailable(reason="timeout")
    intent = open_one()

    with pytest.raises(ProviderUnavailable):
        handler()
    stripe.failure = None
    handler()

    intent.refresh_from_db()
    assert intent.status == "cancelled"
    assert len(set(stripe.asked)) == 1


def test_a_payment_that_began_in_between_is_cancelled_at_the_next_try(stripe: FakeStripe) -> None:
    intent = open_one()
    with pytest.raises(ProviderUnavailable):
        services.close_intent(intent_id=intent.pk, answer=None, now=NOW)

    services.cancel_payment_of_order(order_id=ORDER, now=NOW)
    services.close_intent(intent_id=intent.pk, answer=None, now=NOW)

    assert told() == ["payments.intent.cancelled"]


def test_an_order_without_a_payment_asks_nobody(stripe: FakeStripe, handler: Handler) -> None:
    handler()
    assert (stripe.asked, told()) == ([], [])
