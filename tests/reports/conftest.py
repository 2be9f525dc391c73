import pytest

from tests.refunds.orders import FakeStripe
from tests.support.providers import play


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """Stands in for the provider, whatever the account."""
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake
