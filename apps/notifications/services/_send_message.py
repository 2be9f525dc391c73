import logging
from datetime import datetime
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.dto import Attachment, Mail, Sender
from apps.notifications.gateways import mail
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.shared.db import outside_transaction
from apps.shared.text import shortened_address
from apps.shop import selectors as shop

from ._mark_message_sent import mark_message_sent

logger = logging.getLogger(__name__)


@outside_transaction
def send_message(*, message_id: UUID, now: datetime) -> None:
    """Give a queued message to the mail server, then mark it sent; a sent one is left alone.

    SMTP has no way to ask whether a mail was taken. Killed between the server's yes and our mark,
    the next attempt sends the mail again, under the same Message-ID: mail systems that recognise
    it show one mail, others two. The window is a few milliseconds, and never sending at all would
    be the alternative.

    Raises MessageNotFound, AttachmentMissing, and MailNotTaken when the server refuses or does not
    answer: the message stays queued.
    """
    message = selectors.message(message_id=message_id)
    if message.status == MessageStatus.SENT:
        return
    sender = shop.shop_settings()
    mail.send(_mail_of(message, Sender(name=sender.name, reply_to=sender.contact_email)))
    mark_message_sent(message_id=message_id, now=now)
    logger.info(
        "message.sent",
        extra={
            "message_id": message.public_id,
            "kind": message.kind,
            "recipient": shortened_address(message.recipient),
        },
    )


def _mail_of(message: Message, sender: Sender) -> Mail:
    return Mail(
        message_id=message.provider_message_id,
        sender=sender,
        recipient=message.recipient,
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        attachments=tuple(Attachment(**one) for one in message.attachments),
    )
