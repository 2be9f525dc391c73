"""What all tests stand on: a migrated database per worker, two shops, and clients for them.

The first worker builds one template *database* (public schema, template schema, two shops); every
worker copies it with `CREATE DATABASE … TEMPLATE`, which takes a moment instead of a migration run.
Most tests run in a transaction that is rolled back. Tests that need real commits (threads, several
processes) ask for `committed_shop`: a shop of their own, dropped afterwards.
"""

from collections.abc import Callable, Iterator

import hypothesis
import pytest

from tests.support import databases
from tests.support.client import ShopClient
from tests.support.shops import TestShop, drop_shop, make_shop, use_shop
from tests.support.strictness import hold_the_product_to_it

# A busy machine is no reason to fail: what must be fast says so itself.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Replaces pytest-django's own: a copy of the template database for this worker."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        name = databases.create_for_worker(tmp_path_factory)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.drop(name)


@pytest.fixture(scope="session", autouse=True)
def strict_product() -> Iterator[None]:
    """The product's own statements get no leave that tests have."""
    with pytest.MonkeyPatch.context() as patch:
        hold_the_product_to_it(patch)
        yield


@pytest.fixture
def shop_a(db: None) -> Iterator[TestShop]:
    """The first shop; the connection is set to its schema while the test runs."""
    shop = TestShop(slug="test-a")
    with use_shop(shop):
        yield shop


@pytest.fixture
def shop_b(db: None) -> TestShop:
    """The second shop, for isolation tests. The schema is not switched."""
    return TestShop(slug="test-b")


@pytest.fixture
def client_a(shop_a: TestShop) -> ShopClient:
    """An API client that speaks to the first shop's host."""
    return ShopClient(shop_a.domain)


@pytest.fixture
def client_b(shop_b: TestShop) -> ShopClient:
    """An API client that speaks to the second shop's host."""
    return ShopClient(shop_b.domain)


@pytest.fixture
def make_committed_shop(
    django_db_setup: None, django_db_blocker: object
) -> Iterator[Callable[[], TestShop]]:
    """A factory of shops whose data is really committed; they are dropped at the end."""
    made: list[TestShop] = []

    def make() -> TestShop:
        made.append(make_shop())
        return made[-1]

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield make
        for shop in made:
            drop_shop(shop)


@pytest.fixture
def committed_shop(make_committed_shop: Callable[[], TestShop]) -> Iterator[TestShop]:
    """One shop with real commits; the connection is set to its schema."""
    shop = make_committed_shop()
    with use_shop(shop):
        yield shop
