"""One mail per unpaid order before it expires; none for what is paid or closed."""

import threading
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from apps.notifications import services, tasks
from apps.notifications.models import Message
from apps.orders import services as orders
from apps.orders.models import Order
from apps.shared import clock
from apps.shared.db import unit_of_work
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from config.celery import app
from tests.orders.placing import NOW, paid, place, settle, tell
from tests.support.goods import make_variant
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

from .conftest import Sink

SECOND = timedelta(seconds=1)
# Orders are placed at NOW and expire an hour later; reminders are due half an hour before.
DUE = NOW + timedelta(minutes=30)


def unpaid(*, title: str = "") -> Order:
    return place((make_variant(stock=5, title=title), 2))


def remind(at: datetime = DUE, *, most: int = 100) -> int:
    return services.queue_payment_reminders(now=at, most=most)


def messages() -> list[Message]:
    return list(Message.objects.filter(kind="payment_reminder").order_by("id"))


def sent(message: Message, *, at: datetime = DUE) -> str:
    services.send_message(message_id=message.pk, now=at)
    message.refresh_from_db()
    return message.status


def test_a_reminder_says_what_waits_and_until_when(shop_a: TestShop) -> None:
    ShopSettings.objects.update(name="Hearth & Hall", time_zone="Asia/Phnom_Penh")
    order = unpaid(title="Stoneware\nmug")
    Order.objects.update(billing_address={"name": "Ada Lovelace"})

    assert remind() == 1

    [message] = messages()
    assert message.recipient == "ada@shopper.example"
    assert message.subject == f"Your order {order.number} at Hearth & Hall waits for your payment"
    assert (message.status, message.created_at, message.attachments) == ("queued", DUE, [])
    assert message.body_text == (
        "Hello Ada Lovelace,\n"
        "\n"
        "we keep these for you, but your payment of 39.98 USD has not arrived yet:\n"
        "\n"
        f"Order {order.number}\n"
        "\n"
        "  2 × Stoneware mug (Default)\n"
        "\n"
        "If you still want them, please go back to where you ordered and pay until\n"
        "Jan. 2, 2026, 8 a.m. (Asia/Phnom_Penh).\n"
        "After that the order is closed, and nothing is owed.\n"
        "\n"
        "If you have paid a moment ago, there is nothing to do. If anything is not right, just "
        "answer this mail.\n"
        "\n"
        "Hearth & Hall\n"
    )
    for shown in ("Hearth &amp; Hall", "2 × Stoneware mug", "39.98 USD", "8 a.m."):
        assert shown in message.body_html
    told = DomainEvent.objects.get(name="notifications.message.queued")
    assert told.payload == {"message_id": str(message.pk), "kind": "payment_reminder"}


@pytest.mark.parametrize(
    ("reminder", "due"),
    [(30, 30), (10, 50), (45, 30), (600, 30)],
    ids=["half an hour", "ten minutes", "more than half", "more than all"],
)
def test_it_goes_out_when_the_shop_says_and_never_in_the_first_half(
    shop_a: TestShop, reminder: int, due: int
) -> None:
    ShopSettings.objects.update(payment_reminder_minutes=reminder)
    unpaid()
    at = NOW + timedelta(minutes=due)
    assert (remind(at - SECOND), remind(at)) == (0, 1)


def test_a_shop_that_sells_in_a_hurry_reminds_at_half_time(shop_a: TestShop) -> None:
    ShopSettings.objects.update(order_expiry_minutes=10)
    unpaid()
    at = NOW + timedelta(minutes=5)
    assert (remind(at - SECOND), remind(at)) == (0, 1)


def test_a_shop_may_never_remind(shop_a: TestShop) -> None:
    ShopSettings.objects.update(payment_reminder_minutes=0)
    unpaid()
    assert remind() == 0
    assert messages() == []


def test_each_order_is_reminded_of_once(shop_a: TestShop) -> None:
    unpaid()
    assert [remind(DUE + number * SECOND) for number in range(3)] == [1, 0, 0]
    unpaid()
    assert remind(DUE + timedelta(minutes=5)) == 1
    assert len(messages()) == 2


def test_who_asks_for_one_order_again_gets_the_first_message(shop_a: TestShop) -> None:
    order = unpaid()
    first = services.queue_payment_reminder(order_id=order.pk, now=DUE)
    assert services.queue_payment_reminder(order_id=order.pk, now=DUE + SECOND) == first
    assert len(messages()) == 1


def test_many_workers_at_once_write_one_message_each(committed_shop: TestShop) -> None:
    orders = [unpaid() for _ in range(5)]
    results = race(committed_shop, *[remind] * 4)
    assert [one for one in results if isinstance(one, BaseException)] == []
    assert len(messages()) == len(orders)
    assert DomainEvent.objects.filter(name="notifications.message.queued").count() == len(orders)


def test_what_is_paid_closed_or_over_is_not_reminded_of(shop_a: TestShop) -> None:
    paid((make_variant(stock=5), 1))
    cancelled = unpaid()
    orders.cancel_order(order_id=cancelled.pk, reason="changed my mind", now=NOW)
    just_taken = unpaid()
    tell(just_taken)
    unpaid()

    assert remind(NOW + timedelta(hours=1)) == 0, "its time is up"
    Order.objects.filter(status="pending").exclude(pk=just_taken.pk).update(
        expires_at=NOW + timedelta(minutes=20)
    )
    assert remind() == 0
    assert messages() == []
    assert services.queue_payment_reminder(order_id=cancelled.pk, now=DUE) is None


def test_who_was_given_more_time_has_a_payment_on_its_way(shop_a: TestShop) -> None:
    order = unpaid()
    with transaction.atomic():
        orders.extend_expiry(order_id=order.pk, until=NOW + timedelta(days=7))
    assert remind(NOW + timedelta(days=7) - SECOND) == 0


def test_a_reminder_waits_for_a_payment_of_that_moment_and_is_not_written(
    committed_shop: TestShop,
) -> None:
    """The order is looked at under its lock: nobody is reminded of what is being booked."""
    order, booked = unpaid(), threading.Event()

    def pay() -> int:
        with unit_of_work():
            tell(order)
            settle(order)
            booked.set()
            # Not committed yet: who does not wait for the lock finds an unpaid order.
            threading.Event().wait(0.5)
        return 0

    def remind_meanwhile() -> int:
        assert booked.wait(timeout=30)
        return remind()

    assert race(committed_shop, pay, remind_meanwhile) == [0, 0]
    order.refresh_from_db()
    assert order.status == "paid"
    assert messages() == []


def test_a_run_does_its_most_and_the_next_goes_on(shop_a: TestShop) -> None:
    for _ in range(3):
        unpaid()
    assert [remind(most=2), remind(most=2), remind(most=2)] == [2, 1, 0]


def test_a_reminder_is_sent_once(shop_a: TestShop, smtp_sink: Sink) -> None:
    unpaid()
    remind()
    [message] = messages()
    assert [sent(message), sent(message)] == ["sent", "sent"]
    assert [one["Subject"] for one in smtp_sink.mails] == [message.subject]


@pytest.mark.parametrize("what", ["paid", "cancelled", "over"])
def test_a_reminder_that_waited_for_too_long_is_withdrawn(
    shop_a: TestShop, smtp_sink: Sink, what: str
) -> None:
    """The mail server was away; meanwhile it is not true any more."""
    order = unpaid()
    remind()
    [message] = messages()
    if what == "paid":
        tell(order)
        settle(order)
    elif what == "cancelled":
        orders.cancel_order(order_id=order.pk, reason="changed my mind", now=DUE)
    at = NOW + timedelta(hours=1) if what == "over" else DUE

    assert sent(message, at=at) == "withdrawn"
    assert sent(message, at=at) == "withdrawn"
    services.withdraw_message(message_id=message.pk, now=at)

    assert smtp_sink.mails == []
    assert message.sent_at is None


def test_beat_asks_every_minute_and_each_shop_reminds_of_its_own(
    shop_a: TestShop, shop_b: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["remind-of-payments"]
    assert (entry["task"], entry["schedule"]) == (tasks.remind_everywhere.name, 60.0)
    assert entry["task"] in app.tasks
    unpaid()
    with use_shop(shop_b):
        unpaid()
    monkeypatch.setattr(clock, "now", lambda: DUE)

    shops = [shop_a.schema, shop_b.schema]
    assert tasks.remind_in_shops(schema_name="public", shops=shops) == 2

    assert len(messages()) == 1
    with use_shop(shop_b):
        assert len(messages()) == 1
