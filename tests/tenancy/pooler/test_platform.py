"""The whole platform behind a pooler with one session: shops buy at the same time (TEN-006)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.models import Variant
from tests.support import databases
from tests.support.final_check import check_shop, wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop, make_live_shop
from tests.support.platform import RunningPlatform
from tests.support.pooler import Pooler
from tests.support.shopper import PlacedOrder, fill_cart, placed
from tests.support.shops import use_shop

pytestmark = pytest.mark.xdist_group("processes")

DATABASE = "galleria_test_pooled"
SHOPS, ORDERS = 3, 4


@pytest.fixture
def platform(
    pooler: Pooler, tmp_path: Path, django_db_blocker: Any, settings: Any
) -> Iterator[RunningPlatform]:
    running = RunningPlatform(tmp_path, DATABASE, pooler.environment(DATABASE))
    with django_db_blocker.unblock():
        try:
            running.start_all()
            for name, value in running.provider_settings.items():
                setattr(settings, name, value)
            with databases.use_database(DATABASE):
                yield running
        finally:
            running.stop_all()


def buy(shop: LiveShop, goods: Variant) -> PlacedOrder:
    order = placed(shop, fill_cart(shop, (goods, 1)).complete())
    order.pay()
    return order


def test_shops_sell_side_by_side_on_one_session(platform: RunningPlatform) -> None:
    """From the cart to the mail: web, worker and relay take turns, transaction by transaction."""
    shops = [make_live_shop(platform) for _ in range(SHOPS)]
    goods = []
    for shop in shops:
        with use_shop(shop):
            goods.append(make_variant(title=f"Goods of {shop.slug}", stock=ORDERS))

    with ThreadPoolExecutor(SHOPS * 2) as pool:
        orders = list(pool.map(buy, shops * ORDERS, goods * ORDERS))

    for order in orders:
        order.wait_until_paid(60)
        order.wait_for_mail(60)
    for shop in shops:
        [listed] = shop.storefront.get("products").json()["data"]
        assert listed["title"] == f"Goods of {shop.slug}"
        with use_shop(shop):
            wait_until_quiet(shop, seconds=60)
            check_shop(shop)
    platform.manage("invariants")
