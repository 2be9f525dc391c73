import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors as finance
from apps.notifications import selectors
from apps.notifications.dto import Attachment, Mail, Sender, subject_of
from apps.notifications.gateways import mail
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.orders import selectors as orders
from apps.shared.db import outside_transaction
from apps.shared.text import shortened_address
from apps.shop import selectors as shop
from apps.staff import selectors as staff
from tenants import selectors as tenants

from ._mark_message_sent import mark_message_sent
from ._queue_order_confirmation import KIND as ORDER_CONFIRMATION
from ._queue_password_link import KINDS as PASSWORD_LINKS
from ._queue_password_link import PLACEHOLDER
from ._queue_payment_reminder import KIND as REMINDER
from ._queue_refund_confirmation import KIND as REFUND_CONFIRMATION
from ._withdraw_message import withdraw_message
from ._withhold_message import withhold_message

logger = logging.getLogger(__name__)
_ABOUT_ORDERS = frozenset({ORDER_CONFIRMATION, REMINDER, REFUND_CONFIRMATION})


@outside_transaction
def send_message(*, message_id: UUID, now: datetime) -> None:
    """Give a queued message to the mail server, then mark it sent; one that is not queued is left
    alone. A reminder that waited until its order was paid or closed is withdrawn instead, and so is
    a link for somebody who may not sign in any more. In a shop that was restored from a backup,
    what is about an order from before that is withheld.

    SMTP has no way to ask whether a mail was taken. Killed between the server's yes and our mark,
    the next attempt sends the mail again, under the same Message-ID: mail systems that recognise
    it show one mail, others two. The window is a few milliseconds, and never sending at all would
    be the alternative.

    Raises MessageNotFound, AttachmentMissing, and MailNotTaken when the server refuses or does not
    answer: the message stays queued.
    """
    message = selectors.message(message_id=message_id)
    if message.status in (MessageStatus.SENT, MessageStatus.WITHDRAWN, MessageStatus.WITHHELD):
        return
    if message.kind == REMINDER and not _still_wants_payment(message, now):
        withdraw_message(message_id=message_id, now=now)
        return
    link = _password_link(message) if message.kind in PASSWORD_LINKS else ""
    if link is None:
        withdraw_message(message_id=message_id, now=now)
        return
    settings = shop.shop_settings()
    if settings.withholds_messages and _may_be_known(message, settings.restored_at):
        withhold_message(message_id=message_id, now=now)
        return
    sender = Sender(name=settings.name, reply_to=settings.contact_email)
    mail.send(_mail_of(message, sender, link))
    mark_message_sent(message_id=message_id, now=now)
    logger.info(
        "message.sent",
        extra={
            "message_id": message.public_id,
            "kind": message.kind,
            "recipient": shortened_address(message.recipient),
        },
    )


def _still_wants_payment(message: Message, now: datetime) -> bool:
    order = orders.order_by_id(order_id=subject_of(message.dedupe_key))
    return selectors.wants_payment(order=order, now=now)


def _password_link(message: Message) -> str | None:
    """Made for this very sending; None when nobody with this address may sign in any more."""
    path = staff.password_path(email=message.recipient)
    return f"{tenants.current_address()}{path}" if path else None


def _may_be_known(message: Message, restored_at: datetime | None) -> bool:
    """Whether it is about an order that was there when the shop was restored, and nobody has
    decided on it."""
    if message.is_released or restored_at is None or message.kind not in _ABOUT_ORDERS:
        return False
    about = subject_of(message.dedupe_key)
    if message.kind == REFUND_CONFIRMATION:
        about = finance.issued_credit_note(credit_note_id=about).order_id
    return orders.order_by_id(order_id=about).placed_at < restored_at


def _mail_of(message: Message, sender: Sender, link: str) -> Mail:
    return Mail(
        message_id=message.provider_message_id,
        sender=sender,
        recipient=message.recipient,
        subject=message.subject,
        text=message.body_text.replace(PLACEHOLDER, link) if link else message.body_text,
        html=message.body_html.replace(PLACEHOLDER, link) if link else message.body_html,
        attachments=tuple(Attachment(**one) for one in message.attachments),
    )
