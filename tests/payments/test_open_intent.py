"""Opening payments of one order at the same time."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from apps.payments import services
from apps.payments.errors import PaymentAlreadyProcessed
from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@owns_transaction
def open_one(order_id: UUID) -> PaymentIntent:
    return services.open_intent(
        order_id=order_id, provider="stripe", amount=1000, currency="USD", now=NOW
    )


def test_what_took_the_money_is_followed_by_no_other(shop_a: TestShop) -> None:
    """PAY-001, PAY-003: nor while the order has not heard of it, when it still looks unpaid."""
    order_id = new_id()
    first = open_one(order_id)
    assert open_one(order_id) == first
    PaymentIntent.objects.filter(pk=first.pk).update(status="succeeded")

    with pytest.raises(PaymentAlreadyProcessed):
        open_one(order_id)

    assert PaymentIntent.objects.count() == 1


def test_one_that_ended_unpaid_is_followed_by_another(shop_a: TestShop) -> None:
    order_id = new_id()
    first = open_one(order_id)
    PaymentIntent.objects.filter(pk=first.pk).update(status="cancelled")

    assert open_one(order_id) != first


def test_two_at_once_open_one_payment(committed_shop: TestShop) -> None:
    """PAY-001 in the database, when nobody holds the order's lock."""
    order_id = new_id()

    results = race(committed_shop, *[lambda: open_one(order_id)] * 6)

    assert PaymentIntent.objects.filter(order_id=order_id).count() == 1
    assert set(outcomes(results)) <= {"ok", "IntegrityError"}
