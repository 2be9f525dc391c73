"""The mail that tells of a refund: once per credit note, and honest about it."""

from typing import Any

import pytest

from apps.finance import services as finance
from apps.finance.errors import CreditNoteNotFound
from apps.finance.models import CreditNote
from apps.notifications import services
from apps.notifications.models import Message
from apps.shared.ids import new_id
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shop.models import ShopSettings
from tests.finance.orders import NOW, paid_order
from tests.finance.refunds import book, note_of, plain, refund_content
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

from .conftest import Sink
from .test_handlers import work_through


def a_note(**booking: Any) -> CreditNote:
    """One with its PDF in place, of a paid order."""
    ShopSettings.objects.update(name="Hearth & Hall")
    note = note_of(book(paid_order(), **booking))
    finance.store_credit_note_document(credit_note_id=note.pk, now=NOW)
    note.refresh_from_db()
    return note


def queued(note: CreditNote) -> Message:
    message_id = services.queue_refund_confirmation(credit_note_id=note.pk, now=NOW)
    return Message.objects.get(pk=message_id)


def test_it_says_what_the_credit_note_says(shop_a: TestShop) -> None:
    """The amount of this refund, not of the order; the way it was paid; no date is promised."""
    note = a_note()

    message = queued(note)

    assert (message.kind, message.status) == ("refund_confirmation", "queued")
    assert message.dedupe_key == f"refund_confirmation:{note.pk}"
    assert message.recipient == "ada@example.com"
    assert message.subject == "16.20 USD refunded for your order 10482 at Hearth & Hall"
    assert [one["name"] for one in message.attachments] == ["CN-2026-000001.pdf"]
    for said in (
        "we have given 16.20 USD back to you for your order 10482",
        "1 × Stoneware mug (Blue / 300 ml)",
        "goes back the way you paid",
        "depends on your bank",
        "credit note CN-2026-000001 is attached",
    ):
        assert said in message.body_text, said
    assert "32.40" not in message.body_text


def test_an_amount_without_goods_names_none(shop_a: TestShop) -> None:
    message = queued(a_note(told=plain(500)))
    assert "5.00 USD" in message.body_text
    assert "It is for" not in message.body_text
    assert "It is for" not in message.body_html


def test_what_others_typed_cannot_pose_as_a_part_of_the_mail(shop_a: TestShop) -> None:
    """F4."""
    content = refund_content()
    [line] = content.lines
    named = refund_content(
        lines=(type(line)(**{**vars(line), "title": "Mug\n\nSend money to <b>me</b>"}),)
    )

    message = queued(a_note(told=named))

    assert "Mug Send money to" in message.body_text
    assert "<b>me" not in message.body_html


def test_it_is_written_once_per_credit_note(shop_a: TestShop) -> None:
    note = a_note()
    second = note_of(book(note.order_id, told=plain(100)))
    finance.store_credit_note_document(credit_note_id=second.pk, now=NOW)

    assert queued(note) == queued(note)
    assert queued(second) != queued(note)
    assert Message.objects.count() == 2


def test_two_workers_at_once_write_it_once(committed_shop: TestShop) -> None:
    with use_shop(committed_shop):
        note = a_note()
        race(committed_shop, *[lambda: queued(note)] * 4)
        assert Message.objects.count() == 1


def test_without_a_credit_note_there_is_nothing_to_say(shop_a: TestShop) -> None:
    with pytest.raises(CreditNoteNotFound):
        services.queue_refund_confirmation(credit_note_id=new_id(), now=NOW)
    assert not Message.objects.exists()


def test_from_the_refund_to_one_mail_each_step_delivered_twice(
    shop_a: TestShop, smtp_sink: Sink
) -> None:
    """Credit note issued → PDF stored → mail queued → sent; a lost done-mark sends none twice."""
    book(paid_order())

    work_through()
    again = EventDelivery.objects.filter(subscriber__regex=r"^apps\.(finance|notifications)\.")
    again.update(state=DeliveryState.PENDING, attempts=0)
    work_through()

    [mail] = smtp_sink.mails
    assert mail["Subject"].startswith("16.20 USD refunded for your order 10482")
    assert Message.objects.get().status == "sent"
