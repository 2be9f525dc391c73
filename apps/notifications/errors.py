"""What notifications refuse."""

from apps.shared.errors import NotFound, Unavailable


class MessageNotFound(NotFound):
    """There is no such message."""

    code = "message_not_found"


class AttachmentMissing(Unavailable):
    """A file that the message promises cannot be read at the moment."""

    code = "attachment_missing"


class MailNotTaken(Unavailable):
    """The mail server refused the message or did not answer."""

    code = "mail_not_taken"
