import pytest

from apps.payments import gateways
from tests.refunds.orders import FakeStripe


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """Stands in for the provider, whatever the account."""
    fake = FakeStripe()
    monkeypatch.setitem(gateways._REGISTRY, "stripe", lambda credentials: fake)
    return fake
