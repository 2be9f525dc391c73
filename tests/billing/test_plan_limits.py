"""What a plan grants, from the caches and without them."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as ValkeyIsDown

from apps.shared import caching
from apps.shared.api.problems import status_of
from apps.shared.schema import PUBLIC, use_schema
from billing import selectors
from billing.dto import Limit
from billing.errors import PlanLimitReached
from billing.models import Feature, Plan, PlanFeature, Subscription
from billing.selectors import feature_limit, forget_plans, has_feature
from tenants.models import Tenant
from tests.support.plans import on_plan
from tests.support.shops import TestShop


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    caching._Pause.until = 0.0
    yield
    caching._Pause.until = 0.0


@pytest.fixture
def valkey_is_down(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call to the cache fails; the list tells which were tried."""
    tried: list[str] = []

    def fail(name: str) -> object:
        def call(*args: object, **kwargs: object) -> None:
            tried.append(name)
            raise ValkeyIsDown

        return call

    for name in ("get_many", "set"):
        monkeypatch.setattr(caches["shared"], name, fail(name))
    return tried


def _forget_what_this_process_knows() -> None:
    selectors._in_process.clear()


def _statements(schema: str) -> int:
    """How many statements one question takes, for a process that knows nothing yet."""
    _forget_what_this_process_knows()
    with CaptureQueriesContext(connection):
        reads: list[str] = []
        original = selectors._from_database

        def counted(name: str) -> dict[str, int | None] | None:
            reads.append(name)
            return original(name)

        selectors._from_database = counted
        try:
            feature_limit(schema, Limit.MAX_PRODUCTS)
        finally:
            selectors._from_database = original
    return len(reads)


def test_a_plan_grants_what_it_names(shop_a: TestShop) -> None:
    with on_plan(shop_a.schema, max_products=3, api_keys=None, sso=0):
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
        assert feature_limit(shop_a.schema, "api_keys") is None
        assert has_feature(shop_a.schema, Limit.MAX_PRODUCTS)
        assert has_feature(shop_a.schema, "api_keys")
        assert not has_feature(shop_a.schema, "sso")


def test_a_limit_that_the_plan_does_not_name_does_not_exist(shop_a: TestShop) -> None:
    with on_plan(shop_a.schema, max_products=3):
        assert feature_limit(shop_a.schema, Limit.MAX_STAFF) is None
        assert not has_feature(shop_a.schema, "sso")


def test_a_plan_without_features_is_no_missing_subscription(shop_a: TestShop) -> None:
    with on_plan(shop_a.schema):
        assert not has_feature(shop_a.schema, "sso")


def test_a_shop_without_subscription_is_not_billed(shop_a: TestShop) -> None:
    forget_plans()
    assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) is None
    assert has_feature(shop_a.schema, "sso")


def test_one_shops_plan_is_not_anothers(shop_a: TestShop, shop_b: TestShop) -> None:
    """TEN-001: the key names the shop, whatever schema the code works in."""
    with on_plan(shop_a.schema, max_products=3):
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
        with use_schema(shop_b.schema):
            assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
            assert feature_limit(shop_b.schema, Limit.MAX_PRODUCTS) is None


def test_a_known_plan_costs_no_statement_and_no_round_trip(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_plan(shop_a.schema, max_products=3):
        assert _statements(shop_a.schema) == 1
        assert _statements(shop_a.schema) == 0, "Valkey knows it"
        monkeypatch.setattr(selectors, "recall", None)
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3, "this process knows it"


def test_that_there_is_no_subscription_is_kept_as_well(shop_a: TestShop) -> None:
    forget_plans()
    assert _statements(shop_a.schema) == 1
    assert _statements(shop_a.schema) == 0


def test_what_a_process_knows_ends_after_two_seconds(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    with on_plan(shop_a.schema, max_products=3) as plan:
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
        PlanFeature.objects.filter(plan=plan).update(limit_value=5)
        caches["shared"].delete(f"billing:plan:{shop_a.schema}")
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
        monkeypatch.setattr(selectors.time, "monotonic", lambda: now + 2.5)
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 5


def test_without_valkey_the_database_is_asked_and_nothing_fails(
    shop_a: TestShop, valkey_is_down: list[str]
) -> None:
    with on_plan(shop_a.schema, max_products=3):
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3


def test_a_cache_that_is_down_is_left_alone_for_a_while(
    shop_a: TestShop, valkey_is_down: list[str]
) -> None:
    for _ in range(5):
        _forget_what_this_process_knows()
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) is None
    assert valkey_is_down.count("get_many") == 1


@pytest.mark.parametrize("change", ["limit", "plan", "feature", "subscription", "no_longer"])
def test_a_committed_change_counts_at_once(
    shop_a: TestShop, django_capture_on_commit_callbacks: object, change: str
) -> None:
    """BILL-001: no process trusts what was kept before."""
    with on_plan(shop_a.schema, max_products=3) as plan:
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3
        with (
            django_capture_on_commit_callbacks(execute=True),  # type: ignore[operator]
            use_schema(PUBLIC),
        ):
            _change(change, plan)
        expected = {"limit": 5, "plan": None, "feature": None, "subscription": 7, "no_longer": None}
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == expected[change]
        _forget_what_this_process_knows()
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == expected[change]


def _change(change: str, plan: Plan) -> None:
    granted = PlanFeature.objects.get(plan=plan)
    subscription = Subscription.objects.get(plan=plan)
    if change == "limit":
        granted.limit_value = 5
        granted.save()
    elif change == "plan":
        granted.delete()
    elif change == "feature":
        Feature.objects.get(code="max_products").delete()
    elif change == "no_longer":
        subscription.delete()
    else:
        larger = Plan.objects.create(code="larger", name="Larger")
        PlanFeature.objects.create(plan=larger, feature=granted.feature, limit_value=7)
        subscription.plan = larger
        subscription.save()


def test_a_change_that_is_rolled_back_changes_nothing(shop_a: TestShop) -> None:
    with on_plan(shop_a.schema, max_products=3) as plan:
        with transaction.atomic(), use_schema(PUBLIC):
            granted = PlanFeature.objects.get(plan=plan)
            granted.limit_value = 5
            granted.save()
            transaction.set_rollback(True)
        assert feature_limit(shop_a.schema, Limit.MAX_PRODUCTS) == 3


def test_a_reader_that_was_overtaken_by_a_change_keeps_nothing_that_counts(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read before the commit and wrote into the cache after the change was told."""
    read, told = threading.Event(), threading.Event()
    original = selectors._from_database

    def slow(schema: str) -> dict[str, int | None] | None:
        granted = original(schema)
        read.set()
        assert told.wait(10)
        return granted

    def ask() -> None:
        feature_limit(committed_shop.schema, Limit.MAX_PRODUCTS)
        connection.close()

    with on_plan(committed_shop.schema, max_products=3) as plan:
        monkeypatch.setattr(selectors, "_from_database", slow)
        reader = threading.Thread(target=ask)
        reader.start()
        assert read.wait(10)
        with transaction.atomic(), use_schema(PUBLIC):
            granted = PlanFeature.objects.get(plan=plan)
            granted.limit_value = 5
            granted.save()
        told.set()
        reader.join()
        monkeypatch.setattr(selectors, "_from_database", original)
        _forget_what_this_process_knows()
        assert feature_limit(committed_shop.schema, Limit.MAX_PRODUCTS) == 5


def test_the_refusal_says_limit_use_and_where_to_get_more() -> None:
    error = PlanLimitReached(feature=Limit.MAX_ORDERS_PER_MONTH, limit=100, used=100)
    assert status_of(error) == 402
    assert error.details == {
        "feature": "max_orders_per_month",
        "limit": 100,
        "used": 100,
        "upgrade_url": "https://galleria.localhost/",
    }


def test_limits_of_a_shop_that_is_not_there_are_none(db: None) -> None:
    assert not Tenant.objects.filter(schema_name="shop_nobody").exists()
    assert feature_limit("shop_nobody", Limit.MAX_PRODUCTS) is None
