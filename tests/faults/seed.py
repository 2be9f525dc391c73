"""One seed: load, one fault at some moment, heal, settle, quiet, INV."""

import random
import time
from dataclasses import dataclass, field

from apps.orders.models import Order
from tests.faults.catalogue import FAULTS
from tests.faults.checks import late_deliveries, repeated_mails, violations
from tests.faults.client_log import ClientLog, Outcome
from tests.faults.load import Crowd, Goods
from tests.faults.operators import Operator, dashboard_refund
from tests.faults.platform import FaultPlatform
from tests.faults.scene import Scene
from tests.faults.settle import settle, wait_until_quiet
from tests.support.goods import flat_rate, make_variant
from tests.support.live_shops import make_live_shop
from tests.support.shops import use_shop

_SHOPS = 2
_VARIANTS = 4
_STOCK = 10_000
_BEFORE_SECONDS = (0.1, 0.8)
_AFTER_SECONDS = (0.2, 0.6)
_DASHBOARD = 0.3
_BUYS = 0.6


@dataclass
class Result:
    """What came of a seed."""

    seed: int
    fault: str
    seconds: float = 0.0
    orders: int = 0
    kills: int = 0
    unknown: int = 0
    requests: int = 0
    repeated_mails: int = 0
    quiet_seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def fault_of(seed: int) -> str:
    """Each in turn, so that any few seeds in a row are about different faults."""
    names = list(FAULTS)
    return names[seed % len(names)]


def run_seed(platform: FaultPlatform, seed: int, fault: str, *, buys: float = _BUYS) -> Result:
    """Raises AssertionError or TimeoutError when something hangs."""
    begin = time.monotonic()
    rng = random.Random(f"{seed}/{fault}")
    shops = [_open_shop(platform, seed, number) for number in range(_SHOPS)]
    logs = platform.log_sizes()
    log = ClientLog()
    scene = Scene(platform, rng, shops, log)
    _live_through(scene, fault, f"{seed}/{fault}", buys=buys)
    unknown = sum(one.outcome is Outcome.UNKNOWN and one.tries > 0 for one in log.requests)
    settle(log)
    if rng.random() < _DASHBOARD and dashboard_refund(shops[0], rng):
        scene.note("dashboard refund")
    healed = time.monotonic()
    busy = wait_until_quiet(shops)
    result = Result(seed, fault, notes=scene.notes, kills=scene.kills, unknown=unknown)
    result.quiet_seconds = time.monotonic() - healed
    result.violations += [f"INV 7: not quiet: {one}" for one in busy]
    for goods in shops:
        result.violations += violations(goods, log)
        result.notes += late_deliveries(goods)
        result.repeated_mails += repeated_mails(goods)
        with use_shop(goods.shop):
            result.orders += Order.objects.count()
    if "unhandled_exception" in platform.logs_since(logs).get("web", ""):
        result.violations.append("web: unhandled_exception in its log")
    result.violations += log.violations
    result.requests = sum(log.seen.values())
    result.seconds = time.monotonic() - begin
    return result


def _live_through(scene: Scene, fault: str, seed: str, *, buys: float) -> None:
    crowd = Crowd(scene.shops, scene.log, seed, buys=buys)
    operator = Operator(scene.shops, seed)
    crowd.come()
    operator.come()
    try:
        scene.hold(*_BEFORE_SECONDS)
        scene.until_busy()
        FAULTS[fault](scene)
        for name in scene.platform.heal():
            scene.log.violate(f"{name} ended by itself")
        scene.hold(*_AFTER_SECONDS)
    finally:
        crowd.leave()
        operator.leave()


def _open_shop(platform: FaultPlatform, seed: int, number: int) -> Goods:
    shop = make_live_shop(platform)
    marker = f"Marker-{seed}-{number}-"
    with use_shop(shop):
        variants = [
            make_variant(stock=_STOCK, title=f"{marker}{one}", price=1_000 + 100 * one)
            for one in range(_VARIANTS)
        ]
        return Goods(shop, variants, flat_rate().public_id, marker)
