"""Opening payments of one order at the same time."""

from datetime import UTC, datetime

from apps.payments import services
from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_two_at_once_open_one_payment(committed_shop: TestShop) -> None:
    """PAY-001 in the database, when nobody holds the order's lock."""
    order_id = new_id()

    @owns_transaction
    def open_one() -> PaymentIntent:
        return services.open_intent(
            order_id=order_id, provider="stripe", amount=1000, currency="USD", now=NOW
        )

    results = race(committed_shop, *[open_one] * 6)

    assert PaymentIntent.objects.filter(order_id=order_id).count() == 1
    assert set(outcomes(results)) <= {"ok", "IntegrityError"}
