"""Processes die without warning between a payment and its invoice and mail (X1): nothing is lost,
nothing is done twice."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from apps.finance.models import DocumentSequence, Invoice
from apps.notifications.models import Message
from apps.payments.models import ProviderEvent
from apps.shared.outbox.models import DeliveryState, EventDelivery
from config.local.processes import end
from tests.support import databases
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import PlacedOrder, place_order
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

# The lease of a delivery whose worker died, the relay's poll, and some time for the work itself.
PROMISED_SECONDS = 30.0


def paid_order(shop: LiveShop) -> PlacedOrder:
    order = place_order(shop, (make_variant(), 1))
    order.pay()
    return order


def assert_one_invoice_and_mail(*orders: PlacedOrder) -> None:
    assert Invoice.objects.count() == len(orders)
    for order in orders:
        assert len(order.mails()) == 1
        assert order.look()["status"] == "paid"


def is_being_sent(order: PlacedOrder) -> bool:
    """Whether a worker has begun to hand over the order's mail."""
    message = Message.objects.filter(recipient=order.email).first()
    return (
        message is not None
        and EventDelivery.objects.filter(
            subscriber="apps.notifications.send_queued_message",
            event__payload__message_id=str(message.pk),
            state=DeliveryState.RUNNING,
            attempts=1,
        ).exists()
    )


@contextmanager
def no_invoice_numbers(shop: LiveShop) -> Iterator[None]:
    """Holds the counter of invoices: whoever wants a number has to wait."""
    url = databases.url_of(shop.platform.database)
    with psycopg.connect(url) as other:
        table = DocumentSequence._meta.db_table
        other.execute(f'SELECT * FROM "{shop.schema}"."{table}" FOR UPDATE')
        yield


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_a_payment_while_no_worker_lives(shop: LiveShop) -> None:
    with shop.platform.without("worker"):
        order = paid_order(shop)
        eventually(ProviderEvent.objects.exists, what="the webhook is stored")
        assert order.look()["status"] == "awaiting_payment"

    order.wait_for_mail(PROMISED_SECONDS)

    assert_one_invoice_and_mail(order)


def killed_in_the_middle(shop: LiveShop, kill: Callable[[], None]) -> list[PlacedOrder]:
    """Two orders: a worker dies while it mails about one and numbers the other one's invoice."""
    simulator = shop.platform.simulator
    simulator.mail_faults("delay", seconds=60)
    mailed = paid_order(shop)
    eventually(lambda: is_being_sent(mailed), what="a mail is on its way")
    with no_invoice_numbers(shop):
        invoiced = paid_order(shop)
        eventually(somebody_waits_for_a_lock, what="an invoice is being issued")
        kill()
    simulator.clear_mail_faults()
    assert mailed.mails() == invoiced.mails() == []
    return [mailed, invoiced]


def test_a_worker_killed_in_the_middle(shop: LiveShop) -> None:
    """Its pool alone, as by a kernel short of memory; then all of it, as with its machine."""
    worker = shop.platform["worker"]
    before = paid_order(shop)
    before.wait_for_mail()
    orders = killed_in_the_middle(
        shop, lambda: end(worker.children, number=signal.SIGKILL, grace=5)
    )
    orders += killed_in_the_middle(shop, worker.kill)
    begin = time.monotonic()
    worker.start()

    for order in orders:
        order.wait_for_mail(PROMISED_SECONDS - (time.monotonic() - begin))

    assert_one_invoice_and_mail(before, *orders)


def test_a_relay_killed(shop: LiveShop) -> None:
    """What it has claimed comes back when the lease ends, what it has not is found at once."""
    with shop.platform.without("relay"):
        first = paid_order(shop)
        eventually(ProviderEvent.objects.exists, what="the webhook is stored")
    second = paid_order(shop)
    shop.platform.kill("relay")
    shop.platform.start("relay")

    for order in (first, second):
        order.wait_for_mail(PROMISED_SECONDS)

    assert_one_invoice_and_mail(first, second)
