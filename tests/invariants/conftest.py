from collections.abc import Iterator
from typing import Any

import pytest

from tests.invariants.busy import BusyShop, make_busy, run
from tests.support.shops import drop_shop, make_shop, use_shop


@pytest.fixture(scope="session")
def committed_busy(django_db_setup: None, django_db_blocker: Any) -> Iterator[BusyShop]:
    """One for all tests of this worker. Whoever changes it does so in a transaction of his own."""
    with django_db_blocker.unblock():
        shop = make_shop()
        made = make_busy(shop)
        with use_shop(shop):
            # Nothing waits: the relays of other tests would find it, and it would be late one day.
            run("UPDATE outbox_eventdelivery SET state = 'done', delivered_at = %s", made.now)
            run("DELETE FROM public.relay_wakeup WHERE schema_name = %s", shop.schema)
    yield made
    with django_db_blocker.unblock():
        drop_shop(shop)


@pytest.fixture
def busy(committed_busy: BusyShop, db: None) -> Iterator[BusyShop]:
    """The busy shop; what the test does to it is rolled back."""
    with use_shop(committed_busy.shop):
        yield committed_busy
