"""Mail, through Django's backend (EMAIL_URL): SMTP."""

import smtplib
from email.headerregistry import Address
from email.utils import parseaddr

from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives

from apps.notifications.dto import Attachment, Mail
from apps.notifications.errors import AttachmentMissing, MailNotTaken
from apps.shared.text import one_line


def send(mail: Mail) -> None:
    """Hand `mail` to the mail server; returns when the server has taken it.

    Nothing that somebody typed can add a header: see `_header`.
    Raises AttachmentMissing, and MailNotTaken when the server refuses or does not answer.
    """
    message = EmailMultiAlternatives(
        subject=_header(mail.subject),
        body=mail.text,
        from_email=_from(mail.sender.name),
        to=[_header(mail.recipient)],
        reply_to=[_header(mail.sender.reply_to)] if mail.sender.reply_to else None,
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for attachment in mail.attachments:
        message.attach(attachment.name, _content(attachment), attachment.mimetype)
    try:
        message.send()
    except OSError as error:  # smtplib's own among them
        # Not chained: smtplib puts addresses into its errors, and errors end up in logs.
        raise MailNotTaken(_reason(error)) from None


def _reason(error: OSError) -> str:
    """What went wrong, without addresses: `SMTPRecipientsRefused 550`."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
    elif isinstance(error, smtplib.SMTPResponseException):
        codes = [error.smtp_code]
    else:
        codes = [error.errno] if error.errno else []
    return " ".join([type(error).__name__, *map(str, codes)])


def _header(text: str) -> str:
    """`text` on one line, and without the beginning of an encoded word (RFC 2047).

    Decoders would find what is encoded in it, line breaks too.
    """
    return one_line(text).replace("=?", "= ?")


def _from(name: str) -> str:
    """The shop's name before the platform's address, whose domain the mail server vouches for."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user, _, domain = address.rpartition("@")
    return str(Address(_header(name), username=user, domain=domain))


def _content(attachment: Attachment) -> bytes:
    try:
        with storages["private"].open(attachment.path) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        raise AttachmentMissing(path=attachment.path) from None
