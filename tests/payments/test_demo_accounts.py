"""The demo's shops offer every provider that the simulator plays, and are set up once."""

import time
from typing import Any

import pytest
from django.conf import settings

from apps.demo import simulated
from apps.demo.services import _ensure_demo
from apps.demo.shops import DEMO_SHOPS, DemoShop
from apps.orders.models import Order
from apps.payments.models import PaymentAccount
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
OTHERS = ("paypal", "razorpay", "bakong")
FOUR = ("stripe", *OTHERS)


@pytest.fixture
def shop(
    simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> DemoShop:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    for name in OTHERS:
        monkeypatch.setattr(settings, f"{name.upper()}_API_BASE", f"{simulator.base_url}/{name}")
    return DemoShop(f"demo-{time.monotonic_ns()}", "Demo", "apparel.csv", others=OTHERS)


def ensure(shop: DemoShop) -> list[str]:
    said: list[str] = []
    _ensure_demo._connect_payments(shop, say=said.append)
    _ensure_demo._connect_others(shop, say=said.append)
    return said


def test_a_demo_shop_offers_four_providers_and_each_begins_a_payment(
    shop: DemoShop, client_a: ShopClient
) -> None:
    assert len(ensure(shop)) == 4

    order = new_cart(client_a, (make_variant(price=1000, stock=9), 1)).complete().json()
    path = f"orders/{order['id']}"
    offered = client_a.get(f"{path}/payment-methods", order_token=order["token"]).json()["data"]
    begun: dict[str, Any] = {
        one: client_a.post(f"{path}/payments", {"provider": one}, order_token=order["token"])
        for one in FOUR
    }

    assert tuple(one["provider"] for one in offered) == FOUR
    assert {one.status_code for one in begun.values()} == {201}
    assert all(one.json()["client"] for one in begun.values())
    assert Order.objects.get().status == "awaiting_payment"


def test_a_second_time_nothing_is_changed_and_nobody_asked(
    shop: DemoShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(shop)
    before = list(PaymentAccount.objects.order_by("id").values())

    def refuse(*_: Any) -> Any:
        raise AssertionError("there is nothing to set up")

    monkeypatch.setattr(simulated, "post_json", refuse)

    assert ensure(shop) == []
    assert list(PaymentAccount.objects.order_by("id").values()) == before


def test_where_the_simulator_is_not_there_is_no_demo_of_its_providers(
    shop: DemoShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OTHERS:
        monkeypatch.setattr(settings, f"{name.upper()}_API_BASE", "")

    assert ensure(shop) == [f"{shop.slug}: payments connected"]


def test_one_of_the_demo_shops_has_all_of_them() -> None:
    assert any(set(one.others) == set(OTHERS) for one in DEMO_SHOPS)
