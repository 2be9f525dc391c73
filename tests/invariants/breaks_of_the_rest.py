"""Events, keys, messages and figures."""

from datetime import timedelta

from apps.notifications.models import Message
from apps.reports.models import DayFigures
from apps.reports.selectors import COLUMNS
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.ids import new_id
from apps.shared.outbox.models import EventDelivery
from tests.invariants.breaking import breaks
from tests.invariants.busy import BusyShop, loosen, run


def a_delivery() -> EventDelivery:
    found = EventDelivery.objects.order_by("id").first()
    assert found is not None
    return found


@breaks("outbox.events_are_delivered")
def an_event_that_waits(busy: BusyShop) -> str:
    """INV 7."""
    waiting = a_delivery()
    run(
        "UPDATE outbox_eventdelivery SET state = 'pending', delivered_at = NULL, due_at = %s"
        " WHERE id = %s",
        busy.ago(1.1),
        waiting.pk,
    )
    run(
        "UPDATE outbox_domainevent SET occurred_at = %s WHERE id = %s",
        busy.ago(1.1),
        waiting.event_id,
    )
    return f"delivery {waiting.pk}"


@breaks("outbox.there_are_no_dead_letters")
def a_dead_letter(busy: BusyShop) -> str:
    """INV 7."""
    run("UPDATE outbox_eventdelivery SET state = 'dead' WHERE id = %s", a_delivery().pk)
    return f"delivery {a_delivery().pk}"


@breaks("idempotency.only_final_answers_are_kept")
def a_failure_that_was_kept(busy: BusyShop) -> str:
    """IDEM-007."""
    record = IdempotencyRecord.objects.filter(path="/api/v1/carts")[0].pk
    run("UPDATE idempotency_idempotencyrecord SET status_code = 500 WHERE id = %s", record)
    return f"idempotency record {record}"


@breaks("idempotency.a_key_has_one_answer")
def a_key_with_two_answers(busy: BusyShop) -> str:
    """IDEM-001, IDEM-006."""
    loosen("idempotency_idempotencyrecord")
    record = IdempotencyRecord.objects.filter(path="/api/v1/carts")[0]
    first, record.pk = record.pk, None
    record.save(force_insert=True)
    return f"idempotency record {first}"


@breaks("checkout.kept_answers_are_true")
def an_answer_that_is_not_true(busy: BusyShop) -> str:
    """IDEM-005, INV 4."""
    record = run(
        "UPDATE idempotency_idempotencyrecord SET body = convert_to(replace("
        " convert_from(body, 'UTF8'), %s, 'X'), 'UTF8')"
        " WHERE path LIKE '%%/complete' AND convert_from(body, 'UTF8') LIKE %s RETURNING id",
        busy.unpaid.number,
        f"%{busy.unpaid.number}%",
    )
    return f"idempotency record {record}"


@breaks("notifications.a_message_is_written_once")
def a_mail_that_was_written_twice(busy: BusyShop) -> str:
    """INV 5."""
    loosen("notifications_message")
    message = Message.objects.get()
    message.pk = new_id()
    message.save(force_insert=True)
    return f"message {message.dedupe_key.replace('-', '')}"


@breaks("notifications.messages_are_sent")
def a_mail_that_was_not_sent(busy: BusyShop) -> str:
    """INV 5."""
    run("UPDATE notifications_message SET created_at = %s", busy.ago(16))
    return Message.objects.get().public_id


@breaks("reports.figures_are_what_happened")
def sales_that_never_were(busy: BusyShop) -> str:
    """REPORT-001."""
    row = DayFigures(on=busy.now.date() - timedelta(days=9), currency="USD")
    for column in COLUMNS:
        setattr(row, column, 1)
    row.save()
    return f"figures {row}"
