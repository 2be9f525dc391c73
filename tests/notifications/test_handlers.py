"""From the paid order to the mail, one step per event, each delivered twice."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from apps.finance.models import Invoice
from apps.notifications.models import Message
from apps.orders.events import OrderPaid
from apps.shared import clock
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import Handed, deliver
from apps.shared.outbox.emit import emit
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from tests.finance.orders import paid_order
from tests.support.shops import TestShop

from .conftest import Sink


def tell_paid(order_id: UUID) -> None:
    """As checkout does when the order has become paid."""
    now = clock.now()
    paid = OrderPaid(
        order_id=str(order_id), number="10482", paid_at=now.isoformat(), payment_id="pay_1"
    )
    with transaction.atomic():
        emit(paid, now=now)


def claim(*, after_hours: int = 0) -> list[Handed]:
    """What the relay would hand out."""
    with transaction.atomic():
        due = claim_due(now=clock.now() + timedelta(hours=after_hours), limit=100)
    return [one for handed in due.values() for one in handed]


def work_through() -> int:
    """Deliver until nothing is due, each delivery twice; returns how many there were."""
    done = 0
    while handed := claim():
        for one in handed:
            assert [deliver(one), deliver(one)] == [True, False]
        done += len(handed)
    return done


def steps() -> list[str]:
    return list(DomainEvent.objects.order_by("id").values_list("name", flat=True))


CHAIN = [
    "orders.order.paid",
    "finance.invoice.issued",
    "finance.invoice.document_stored",
    "notifications.message.queued",
]


def test_a_paid_order_ends_in_one_invoice_and_one_mail(shop_a: TestShop, smtp_sink: Sink) -> None:
    tell_paid(paid_order())

    work_through()

    assert steps() == CHAIN
    assert Invoice.objects.get().number == "INV-2026-000001".replace("2026", str(clock.now().year))
    assert Message.objects.get().status == "sent"
    assert len(smtp_sink.mails) == 1
    assert set(EventDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DONE}


def test_each_handler_runs_on_its_queue(shop_a: TestShop, smtp_sink: Sink) -> None:
    tell_paid(paid_order())
    work_through()

    ours = EventDelivery.objects.filter(subscriber__regex=r"^apps\.(finance|notifications)\.")
    assert dict(ours.values_list("subscriber", "queue")) == {
        "apps.finance.issue_invoice_of_paid_order": "financial",
        "apps.finance.store_document_of_issued_invoice": "financial",
        "apps.notifications.queue_order_confirmation": "default",
        "apps.notifications.send_queued_message": "default",
    }


def test_the_whole_event_told_twice_changes_nothing(shop_a: TestShop, smtp_sink: Sink) -> None:
    order_id = paid_order()
    tell_paid(order_id)
    tell_paid(order_id)

    work_through()

    assert steps() == [CHAIN[0], *CHAIN]
    assert Invoice.objects.count() == Message.objects.count() == len(smtp_sink.mails) == 1


def test_handlers_called_again_after_a_lost_done_mark_change_nothing(
    shop_a: TestShop, smtp_sink: Sink
) -> None:
    """Outside handlers commit before their done-mark: a kill between the two runs them again."""
    tell_paid(paid_order())
    work_through()
    before = steps()

    again = EventDelivery.objects.filter(subscriber__regex=r"^apps\.(finance|notifications)\.")
    assert again.update(state=DeliveryState.PENDING, attempts=0, due_at=clock.now()) == 4
    assert work_through() == 4

    assert steps() == before
    assert Invoice.objects.count() == Message.objects.count() == len(smtp_sink.mails) == 1


def test_mail_that_is_refused_five_times_becomes_a_dead_letter_and_stays_queued(
    shop_a: TestShop, smtp_sink: Sink
) -> None:
    tell_paid(paid_order())
    smtp_sink.refusal = "550 no"

    for _ in range(20):
        if not [deliver(one) for one in claim(after_hours=1)]:
            break

    dead = EventDelivery.objects.get(state=DeliveryState.DEAD)
    assert dead.subscriber == "apps.notifications.send_queued_message"
    assert (dead.attempts, dead.last_error) == (5, "MailNotTaken: SMTPRecipientsRefused 550")
    assert Message.objects.get().status == "queued"
    assert smtp_sink.mails == []


def test_a_paid_order_without_locked_totals_is_a_failure_that_shows(shop_a: TestShop) -> None:
    tell_paid(UUID(int=1))

    [one] = [one for one in claim() if "finance" in _subscriber(one)]
    assert deliver(one) is False

    row = EventDelivery.objects.get(pk=one.delivery_id)
    assert row.state == DeliveryState.PENDING
    assert row.last_error.startswith("FinancialOrderNotFound")
    assert Invoice.objects.count() == 0


def _subscriber(handed: Handed) -> str:
    return EventDelivery.objects.get(pk=handed.delivery_id).subscriber


@pytest.mark.parametrize("name", CHAIN[1:])
def test_events_carry_no_personal_data(shop_a: TestShop, smtp_sink: Sink, name: str) -> None:
    tell_paid(paid_order())
    work_through()

    payload = str(DomainEvent.objects.get(name=name).payload)
    assert not re.search(r"\bada\b|lovelace", payload, re.IGNORECASE)
    assert "example.com" not in payload
