"""Daily figures: heard of by events, counted from the truth, and the same when made anew."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.orders.events import OrderPlaced
from apps.orders.models import Order
from apps.refunds import services as refunds
from apps.reports import selectors, services, tasks
from apps.reports.dto import Change, Figures
from apps.reports.models import DayFigures, Progress, Touch
from apps.shared.db import unit_of_work
from apps.shared.events import EVENT_TYPES, subscriber, subscribers_of
from apps.shared.outbox.models import DomainEvent, EventDelivery
from config.settings.integrations.celery_beat import CELERY_BEAT_SCHEDULE
from tests.refunds.orders import FakeStripe, reported
from tests.reports.trading import (
    PHNOM_PENH,
    at,
    counted_by_hand,
    give_back,
    hear,
    kept,
    live_in,
    pay,
    place,
)
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


@pytest.fixture(autouse=True)
def _money(request: pytest.FixtureRequest, stripe: FakeStripe) -> None:
    shop = {"shop_a", "committed_shop"} & set(request.fixturenames)
    request.getfixturevalue(shop.pop())
    connect_payments()


def test_each_thing_counts_on_the_shop_s_day_on_which_it_happened(shop_a: TestShop) -> None:
    live_in("Asia/Phnom_Penh")
    hat = make_variant(price=1000, stock=9)
    order = place(hat, now=at(3, 16, 59), pieces=3)  # 23:59 there
    place(hat, now=at(3, 17, 0))  # the day after
    pay(order, now=at(3, 17, 1))
    give_back(order, 700, now=at(5, 1))
    hear()

    services.refresh_figures(now=at(5, 2))

    assert kept() == {
        (date(2026, 3, 3), "USD"): Figures(placed=1),
        (date(2026, 3, 4), "USD"): Figures(placed=1, paid=1, gross=3000),
        (date(2026, 3, 5), "USD"): Figures(refunds=1, refunded=700),
    }
    assert kept() == counted_by_hand(PHNOM_PENH)


def test_what_was_not_charged_is_no_revenue(shop_a: TestShop) -> None:
    order = place(make_variant(price=1000), now=at(3))
    Order.objects.filter(pk=order.pk).update(
        included_tax_amount=100, reduction_amount=101, paid_at=at(3)
    )

    services.refresh_figures(now=at(4))

    [figures] = kept().values()
    assert (figures.gross, figures.tax) == (899, 89)


def test_tax_is_what_was_added_and_what_the_prices_contain(shop_a: TestShop) -> None:
    hat = make_variant(price=1000)
    for added, included in ((0, 91), (80, 0)):
        order = place(hat, now=at(3))
        Order.objects.filter(pk=order.pk).update(
            tax_amount=added, included_tax_amount=included, total_amount=1000 + added, paid_at=at(3)
        )
    services.rebuild_figures(now=at(4))
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=2, paid=2, gross=2080, tax=171)}


def test_a_refund_that_the_provider_took_back_is_taken_off(shop_a: TestShop) -> None:
    order = place(make_variant(price=1000), now=at(3))
    pay(order, now=at(3))
    refund = give_back(order, 400, now=at(4))
    failed = reported(order, "failed", 400, provider_reference=refund_reference(refund))
    assert refunds.apply_reported_refund(reported=failed, now=at(5)) == "reversed"
    hear()
    services.refresh_figures(now=at(6))
    assert kept()[date(2026, 3, 4), "USD"] == Figures(refunds=1, refunded=400)
    assert kept()[date(2026, 3, 5), "USD"] == Figures(refunds=-1, refunded=-400)


def refund_reference(refund: Any) -> str:
    refund.refresh_from_db()
    return str(refund.provider_reference)


def test_money_of_no_order_counts_on_no_day(shop_a: TestShop) -> None:
    order = place(make_variant(price=1000), now=at(3))
    pay(order, now=at(3))
    with unit_of_work():
        services.touch_days_of_refund(refund_id=order.pk)
    assert not Touch.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_heard_of_in_any_order_and_counted_anew_is_the_same(shop_a: TestShop, seed: int) -> None:
    """Random trade through the services, over midnights; deliveries when it happens to be."""
    live_in("Asia/Phnom_Penh")
    chance, now = random.Random(seed), at(1)
    trade(chance, now, steps=25)
    hear()
    now = at(28)
    services.refresh_figures(now=now)
    true = counted_by_hand(PHNOM_PENH)
    assert kept() == true
    assert len(true) > 3

    # Twice, and in another order.
    heard = list(EventDelivery.objects.filter(subscriber__startswith="apps.reports."))
    assert heard
    for one in chance.sample(heard, len(heard)):
        with unit_of_work():
            again(one)
    services.refresh_figures(now=now)
    assert kept() == true

    assert services.rebuild_figures(now=now) == []
    DayFigures.objects.all().delete()
    Progress.objects.all().delete()
    assert len(services.rebuild_figures(now=now)) == len(true)
    assert kept() == true


def trade(chance: random.Random, now: datetime, *, steps: int) -> None:
    hat = make_variant(price=1000, stock=99)
    unpaid: list[Order] = []
    sold: list[Order] = []
    for _ in range(steps):
        now += timedelta(minutes=chance.randrange(600))
        step = chance.choice(("place", "place", "pay", "refund", "hear", "refresh"))
        if step == "pay" and unpaid:
            sold.append(unpaid.pop(chance.randrange(len(unpaid))))
            pay(sold[-1], now=now)
        elif step == "refund" and sold:
            give_back(sold.pop(chance.randrange(len(sold))), chance.randrange(1, 999), now=now)
        elif step == "hear":
            hear()
        elif step == "refresh":
            services.refresh_figures(now=now)
        else:
            unpaid.append(place(hat, now=now, pieces=chance.randrange(1, 4)))


def again(delivery: EventDelivery) -> None:
    event, wanted = DomainEvent.objects.get(pk=delivery.event_id), subscriber(delivery.subscriber)
    assert wanted is not None
    wanted.handler(EVENT_TYPES[event.name](**event.payload))


def test_who_only_hears_late_counts_the_day_that_is_long_over(shop_a: TestShop) -> None:
    order = place(make_variant(price=1000), now=at(3))
    services.refresh_figures(now=at(3, 13))
    pay(order, now=at(3, 14))
    services.refresh_figures(now=at(9))
    services.refresh_figures(now=at(9, 18))
    DayFigures.objects.filter(on=date(2026, 3, 3)).update(paid_count=0)
    hear()
    services.refresh_figures(now=at(9, 19))
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=1, paid=1, gross=1000)}
    assert not Touch.objects.exists()


def test_placed_orders_tell_nobody_and_are_counted_all_the_same(shop_a: TestShop) -> None:
    assert subscribers_of(OrderPlaced) == []
    hat = make_variant(price=1000)
    place(hat, now=at(3, 12))
    services.refresh_figures(now=at(3, 12, 1))
    place(hat, now=at(3, 12, 2))
    assert services.refresh_figures(now=at(3, 12, 3)) == 0
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=1)}
    assert services.refresh_figures(now=at(3, 12, 12)) == 1
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=2)}


def test_the_last_orders_of_a_day_are_counted_on_the_next(shop_a: TestShop) -> None:
    """Also those whose transaction took until the next one, and after days without a count."""
    hat = make_variant(price=1000)
    services.refresh_figures(now=at(4, 0, 1))
    place(hat, now=at(3, 23, 59))  # committed just now
    services.refresh_figures(now=at(4, 0, 12))
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=1)}
    place(hat, now=at(5))
    services.refresh_figures(now=at(8))
    assert kept()[date(2026, 3, 5), "USD"] == Figures(placed=1)


def test_a_shop_that_moves_has_other_days(shop_a: TestShop) -> None:
    place(make_variant(price=1000), now=at(3, 20))
    services.refresh_figures(now=at(4))
    assert list(kept()) == [(date(2026, 3, 3), "USD")]
    live_in("Asia/Phnom_Penh")
    services.refresh_figures(now=at(4, 13))
    assert list(kept()) == [(date(2026, 3, 4), "USD")]


@pytest.mark.parametrize(
    ("zone", "night"),
    [("America/Santiago", "2026-09-06"), ("Africa/Cairo", "2026-04-24"), ("UTC", "2026-03-03")],
)
def test_days_begin_where_the_clocks_change_at_midnight(
    shop_a: TestShop, zone: str, night: str
) -> None:
    live_in(zone)
    here = selectors.shop_zone()
    hat, begin = make_variant(price=1000, stock=99), datetime.fromisoformat(f"{night}T00:00Z")
    for minutes in range(0, 24 * 60, 30):
        place(hat, now=begin + timedelta(minutes=minutes))
    services.rebuild_figures(now=begin + timedelta(days=2))
    assert kept() == counted_by_hand(here)


def test_a_part_can_be_counted_anew(shop_a: TestShop) -> None:
    hat = make_variant(price=1000)
    for day in (3, 4, 5):
        place(hat, now=at(day))
    services.rebuild_figures(now=at(6))
    DayFigures.objects.update(placed_count=7)
    wrong, right = Figures(placed=7), Figures(placed=1)

    only = date(2026, 3, 4)
    looked = services.rebuild_figures(now=at(6), first=only, last=only, writes=False)
    assert looked == [Change(date(2026, 3, 4), "USD", kept=wrong, true=right)]
    assert services.rebuild_figures(now=at(6), first=only, last=only) == looked
    assert list(kept().values()) == [wrong, right, wrong]
    services.rebuild_figures(now=at(6), first=date(2026, 3, 5))
    assert list(kept().values()) == [right, right, wrong]


def test_what_never_happened_goes(shop_a: TestShop) -> None:
    DayFigures.objects.create(
        on=date(2020, 1, 1),
        currency="EUR",
        **dict.fromkeys(selectors.COLUMNS, 1),
    )
    [change] = services.rebuild_figures(now=at(6))
    assert (change.on, change.true) == (date(2020, 1, 1), None)
    assert kept() == {}


def test_counting_while_events_arrive_loses_and_doubles_nothing(committed_shop: TestShop) -> None:
    hat = make_variant(price=1000, stock=99)
    orders = [place(hat, now=at(3)) for _ in range(8)]

    def sell(mine: list[Order]) -> Callable[[], None]:
        def work() -> None:
            for order in mine:
                pay(order, now=at(3, 13))
                with transaction.atomic():
                    services.touch_day(at=at(3, 13))

        return work

    def count() -> None:
        for minute in range(6):
            services.refresh_figures(now=at(3, 13, minute))

    def rebuild() -> None:
        for minute in range(6):
            services.rebuild_figures(now=at(3, 13, minute))

    raced = race(committed_shop, sell(orders[:4]), sell(orders[4:]), count, count, rebuild)
    assert outcomes(raced) == ["ok"] * 5
    services.refresh_figures(now=at(3, 14))
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=8, paid=8, gross=8000)}
    assert not Touch.objects.exists()


def test_a_touch_that_comes_during_a_count_stays_for_the_next(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.refresh_figures(now=at(3))
    with unit_of_work():
        services.touch_day(at=at(1))
    module = "apps.reports.services._refresh_figures.count_days"

    def late(**_: Any) -> list[Change]:
        Touch.objects.create(at=at(2))
        return []

    monkeypatch.setattr(module, late)
    services.refresh_figures(now=at(3, 13))
    assert list({touch.at for touch in Touch.objects.all()}) == [at(2)]


def test_beat_counts_in_every_shop(shop_a: TestShop, shop_b: TestShop) -> None:
    place(make_variant(price=1000), now=at(3))
    beat = CELERY_BEAT_SCHEDULE["refresh-figures"]
    assert beat["task"] == tasks.refresh_everywhere.name
    shops = [shop_b.schema, shop_a.schema]
    assert tasks.refresh_in_shops(schema_name="public", shops=shops) == 1
    assert kept() == {(date(2026, 3, 3), "USD"): Figures(placed=1)}


def test_a_paid_order_is_heard_of_by_bulk_work(shop_a: TestShop) -> None:
    order = place(make_variant(price=1000), now=at(3))
    pay(order, now=at(3))
    wanted = EventDelivery.objects.filter(subscriber__startswith="apps.reports.")
    assert list(wanted.values_list("queue", flat=True)) == ["bulk"]
