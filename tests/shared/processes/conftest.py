"""A fleet for the tests of a module, and shops with a table for the effects of its handlers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.support.fleet import Fleet
from tests.support.probing.events import EFFECTS_DDL
from tests.support.shops import TestShop


@pytest.fixture(scope="module")
def fleet(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Fleet]:
    started = Fleet(tmp_path_factory.mktemp("fleet"))
    with django_db_blocker.unblock():
        started.start_valkey()
        started.worker()
        started.relay()
        yield started
        started.stop()


@pytest.fixture
def make_shop(make_committed_shop: Callable[[], TestShop]) -> Callable[[], TestShop]:
    def make() -> TestShop:
        shop = make_committed_shop()
        with connection.cursor() as cursor:
            cursor.execute(EFFECTS_DDL.format(connection.ops.quote_name(shop.schema)))
        return shop

    return make
