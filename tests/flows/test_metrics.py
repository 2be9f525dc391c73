"""What web, worker and relay count, as Prometheus sees it."""

import re

import pytest
from django.conf import settings

from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.platform import METRICS_TOKEN
from tests.support.shopper import place_order
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

PROCESSED = "domain_events_processed_total"
WATCHED = (
    "orders_created_total",
    PROCESSED,
    "webhook_invalid_signatures_total",
)


def figures(shop: LiveShop) -> dict[str, float]:
    """What any of the web processes tells."""
    platform = shop.platform.storefront(settings.PLATFORM_DOMAIN)
    answer = platform.get("/metrics", authorization=f"Bearer {METRICS_TOKEN}")
    assert answer.status_code == 200
    lines = re.findall(r"^(\w+) ([0-9.e+]+)$", answer.content.decode(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


def test_whichever_process_counts_any_web_process_tells(shop: LiveShop) -> None:
    """Orders are counted by the web processes, events by the worker, and a kill loses nothing."""
    before = figures(shop)
    assert set(WATCHED) <= set(before)

    place_order(shop, (make_variant(), 1)).pay()
    wait_until_quiet(shop)
    shop.storefront.post("webhooks/stripe", {"id": "evt_forged"})
    # A worker counts after its commit, so what is quiet may not be counted yet.
    eventually(lambda: figures(shop)[PROCESSED] > before[PROCESSED], seconds=30, what="the count")
    counted = figures(shop)[PROCESSED]
    shop.platform.kill("worker")
    shop.platform.start("worker")

    after = figures(shop)
    assert after[PROCESSED] >= counted
    assert after["orders_created_total"] == before["orders_created_total"] + 1
    assert (
        after["webhook_invalid_signatures_total"] == before["webhook_invalid_signatures_total"] + 1
    )
