import pytest

from apps.orders.models import Order
from tests.refunds.orders import FakeStripe, paid_order
from tests.support.goods import make_variant
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """Stands in for the provider, whatever the account."""
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Two pieces at 10.00, shipping 5.00: 25.00, paid."""
    connect_payments()
    return paid_order(shop_a, (make_variant(price=1000), 2))
