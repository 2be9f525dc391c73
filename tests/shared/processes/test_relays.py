"""Relays side by side, and shops side by side: nobody acts twice, nobody starves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from apps.shared import clock
from apps.shared.events import QUEUES
from apps.shared.outbox.emit_all import emit_all
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.relay.pressure import MOST_WAITING
from apps.shared.schema import use_schema
from tests.shared.processes.test_fleet import all_done, effects, expected, send
from tests.support.fleet import Fleet
from tests.support.probe import claim
from tests.support.probing.events import ProbeSent
from tests.support.shops import TestShop
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

MakeShop = Callable[[], TestShop]
NOISE = 3_000
# What is promised is one or two; the machine that tests has other things to do.
QUIET_SECONDS = 4.0


def send_all(shop: TestShop, count: int) -> None:
    with use_schema(shop.schema), transaction.atomic():
        emit_all([ProbeSent(probe_id=f"p{n:05}") for n in range(count)], now=clock.now())


def open_deliveries(shop: TestShop) -> int:
    with use_schema(shop.schema):
        return EventDelivery.objects.exclude(state=DeliveryState.DONE).count()


@contextmanager
def another_relay(fleet: Fleet) -> Iterator[None]:
    fleet.relay("relay-2")
    try:
        yield
    finally:
        fleet.kill("relay-2")


def test_a_quiet_shop_does_not_wait_behind_a_noisy_one(fleet: Fleet, make_shop: MakeShop) -> None:
    noisy, quiet = make_shop(), make_shop()
    send(quiet, "warm")
    eventually(lambda: all_done(quiet), seconds=30, what="the fleet is warm")
    send_all(noisy, NOISE)
    waited: list[float] = []
    longest = 0

    while open_deliveries(noisy) > 200:
        begin = time.monotonic()
        send(quiet, f"p{len(waited)}")
        eventually(lambda: all_done(quiet), seconds=30, what="the quiet shop's event")
        waited.append(time.monotonic() - begin)
        longest = max(longest, *(fleet.valkey.llen(queue) for queue in QUEUES))
    eventually(lambda: all_done(noisy), seconds=60, what="the noisy shop's events")

    assert len(waited) >= 3, "it was measured beside the noise"
    assert max(waited) < QUIET_SECONDS, waited
    assert longest <= MOST_WAITING, "what waits for its turn waits in PostgreSQL"
    assert len(effects(noisy)) == 2 * NOISE


def test_two_relays_hand_out_each_delivery_once(fleet: Fleet, make_shop: MakeShop) -> None:
    shops = [make_shop() for _ in range(3)]
    probes = [f"p{number:02}" for number in range(40)]
    with another_relay(fleet):
        for probe in probes:
            for shop in shops:
                send(shop, probe)
        eventually(lambda: all(map(all_done, shops)), seconds=60, what="all delivered")

    for shop in shops:
        assert effects(shop) == expected(shop, *probes)
        with use_schema(shop.schema):
            hands = EventDelivery.objects.values_list("token", "attempts")
            assert set(hands) == {(2, 1)}, "handed out once, begun once"


def test_a_relay_is_killed_and_the_other_one_goes_on(fleet: Fleet, make_shop: MakeShop) -> None:
    shop = make_shop()
    with another_relay(fleet):
        send(shop, "p1")
        eventually(lambda: all_done(shop), seconds=30, what="delivered by either")
        fleet.kill("relay")
        send(shop, "p2")
        eventually(lambda: all_done(shop), seconds=10, what="delivered by the other one")
        fleet.relay()

    assert effects(shop) == expected(shop, "p1", "p2")


@pytest.mark.parametrize(
    "seconds_ago",
    [pytest.param(14, id="short"), pytest.param(0, id="long", marks=pytest.mark.slow)],
)
def test_what_a_killed_relay_had_claimed_is_handed_out_within_thirty_seconds(
    fleet: Fleet, make_shop: MakeShop, seconds_ago: int
) -> None:
    """Killed between its claim and its message: nobody has heard of what it held."""
    shop = make_shop()
    fleet.kill("relay")
    send(shop, "p1")
    with use_schema(shop.schema), transaction.atomic():
        EventDelivery.objects.update(due_at=clock.now() - timedelta(seconds=seconds_ago))
        held = claim(now=clock.now() - timedelta(seconds=seconds_ago))
    claimed = time.monotonic() - seconds_ago
    assert len(held) == 2

    fleet.relay()
    eventually(lambda: all_done(shop), seconds=40, what="taken up")

    assert time.monotonic() - claimed < 30
    assert effects(shop) == expected(shop, "p1")
