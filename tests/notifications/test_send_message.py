import logging
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction

from apps.notifications import services
from apps.notifications.errors import AttachmentMissing, MailNotTaken, MessageNotFound
from apps.notifications.models import Message
from apps.shared.ids import new_id
from apps.shared.text import shortened_address
from apps.shop.models import ShopSettings
from tests.finance.orders import NOW
from tests.finance.samples import content, line
from tests.support.shops import TestShop

from .conftest import Sink
from .test_queue_order_confirmation import queued


def send(message: Message) -> None:
    services.send_message(message_id=message.pk, now=NOW)


def state(message_id: UUID) -> tuple[str, bool]:
    row = Message.objects.get(pk=message_id)
    return row.status, row.sent_at is not None


def test_a_message_goes_out_by_smtp_with_text_html_and_invoice(
    shop_a: TestShop, smtp_sink: Sink, private_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    message = queued(contact_email="hello@hearth.example")

    with caplog.at_level(logging.INFO):
        send(message)

    [mail] = smtp_sink.mails
    assert smtp_sink.envelopes == [("shops@galleria.example", ["ada@example.com"])]
    assert mail["From"] == "Hearth & Hall <shops@galleria.example>"
    assert mail["Reply-To"] == "hello@hearth.example"
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "Your order 10482 at Hearth & Hall"
    assert mail["Message-ID"] == message.provider_message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == message.body_text
    assert html.get_content().replace("\r\n", "\n") == message.body_html
    [invoice] = mail.iter_attachments()
    stored = private_folder / shop_a.schema / "invoices/2026/INV-2026-000001.pdf"
    assert (invoice.get_filename(), invoice.get_content_type()) == (
        "INV-2026-000001.pdf",
        "application/pdf",
    )
    assert invoice.get_content() == stored.read_bytes()
    message.refresh_from_db()
    assert (message.status, message.sent_at) == ("sent", NOW)
    ours = [one for one in caplog.records if one.name.startswith("apps.")]
    assert not any("ada@example.com" in str(vars(one)) for one in ours)
    [line_] = [one for one in caplog.records if one.message == "message.sent"]
    assert line_.recipient == "a…@example.com"  # type: ignore[attr-defined]


def test_a_sent_message_is_not_sent_again(shop_a: TestShop, smtp_sink: Sink) -> None:
    message = queued()

    send(message)
    send(message)

    assert len(smtp_sink.mails) == 1


def test_killed_before_its_mark_a_repetition_carries_the_same_message_id(
    shop_a: TestShop, smtp_sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one window in which a buyer may get two copies; see send_message."""
    message = queued()

    def die(**_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr("apps.notifications.services._send_message.mark_message_sent", die)
        with pytest.raises(SystemExit):
            send(message)
    assert state(message.pk) == ("queued", False)
    ShopSettings.objects.update(name="Renamed")
    send(message)

    assert state(message.pk) == ("sent", True)
    assert [mail["Message-ID"] for mail in smtp_sink.mails] == [message.provider_message_id] * 2
    assert [mail["Subject"] for mail in smtp_sink.mails] == [message.subject] * 2


def test_a_server_that_hangs_up_after_the_mail_leaves_it_queued(
    shop_a: TestShop, smtp_sink: Sink
) -> None:
    message = queued()
    smtp_sink.hangs_up = True

    with pytest.raises(MailNotTaken):
        send(message)

    assert state(message.pk) == ("queued", False)


@pytest.mark.parametrize("refusal", ["550 <ada@example.com> unknown", "450 busy, ada@example.com"])
def test_a_refusal_leaves_the_message_queued_and_the_address_out_of_the_error(
    shop_a: TestShop, smtp_sink: Sink, refusal: str
) -> None:
    message = queued()
    smtp_sink.refusal = refusal

    with pytest.raises(MailNotTaken) as error:
        send(message)

    assert str(error.value) == f"SMTPRecipientsRefused {refusal[:3]}"
    assert error.value.__suppress_context__
    assert state(message.pk) == ("queued", False)
    smtp_sink.refusal = ""
    send(message)
    assert state(message.pk) == ("sent", True)


def test_a_server_that_is_not_there_leaves_the_message_queued(
    shop_a: TestShop, smtp_sink: Sink, settings: object
) -> None:
    message = queued()
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]

    with pytest.raises(MailNotTaken, match="ConnectionRefusedError 111"):
        send(message)

    assert state(message.pk) == ("queued", False)


def test_a_lost_attachment_stops_the_mail(
    shop_a: TestShop, smtp_sink: Sink, private_folder: Path
) -> None:
    message = queued()
    (private_folder / shop_a.schema / "invoices/2026/INV-2026-000001.pdf").unlink()

    with pytest.raises(AttachmentMissing):
        send(message)

    assert smtp_sink.mails == []
    assert state(message.pk) == ("queued", False)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Café Ελλάδα ហាង", "Café Ελλάδα ហាង"),
        ('Tom "T" O\'Hara, <x@evil.example>', 'Tom "T" O\'Hara, <x@evil.example>'),
        ("A\r\nBcc: b@evil.example", "A Bcc: b@evil.example"),
        ("=?utf-8?q?=0D=0ABcc:_c?=", "= ?utf-8?q?=0D=0ABcc:_c?="),
    ],
)
def test_no_shop_name_adds_a_header_or_a_recipient(
    shop_a: TestShop, smtp_sink: Sink, name: str, shown: str
) -> None:
    message = queued(name=name)

    send(message)

    [mail] = smtp_sink.mails
    [sender] = mail["From"].addresses
    assert sender.addr_spec == "shops@galleria.example"
    assert sender.display_name == shown
    assert mail["Subject"].strip() == f"Your order 10482 at {shown}"
    assert mail["Bcc"] is None
    assert smtp_sink.envelopes[0][1] == ["ada@example.com"]
    head = smtp_sink.raw[0].partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head


def test_titles_cannot_end_the_mail_early(shop_a: TestShop, smtp_sink: Sink) -> None:
    message = queued(content(lines=(line(title="a\r\n.\r\nMAIL FROM:<x@y>", variant_title="."),)))

    send(message)

    [mail] = smtp_sink.mails
    text = mail.get_body(("plain",))
    assert text is not None
    assert "2 × a . MAIL FROM:<x@y> (.)" in text.get_content()


def test_sending_holds_no_transaction_open(committed_shop: TestShop) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.send_message(message_id=new_id(), now=NOW)


def test_an_unknown_message_is_not_found(shop_a: TestShop) -> None:
    with pytest.raises(MessageNotFound):
        services.send_message(message_id=new_id(), now=NOW)
    with pytest.raises(MessageNotFound):
        services.mark_message_sent(message_id=new_id(), now=NOW)


def test_addresses_are_shortened_for_logs() -> None:
    assert shortened_address("ada@example.com") == "a…@example.com"
    assert shortened_address("") == "…@"
    assert settings.DEFAULT_FROM_EMAIL
