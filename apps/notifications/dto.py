"""What notifications hand to the mail gateway."""

from dataclasses import dataclass
from uuid import UUID


def dedupe_key_of(kind: str, about: UUID) -> str:
    """What says that a message of this kind about something was written already."""
    return f"{kind}:{about}"


def subject_of(dedupe_key: str) -> UUID:
    """What a message with this key is about."""
    return UUID(dedupe_key.partition(":")[2])


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file in private storage, and what the recipient sees of it."""

    path: str
    name: str
    mimetype: str


@dataclass(frozen=True, kw_only=True)
class Sender:
    """In whose name a mail goes out, and where answers to it go."""

    name: str
    reply_to: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail, ready to go. `message_id` is the same however often it is sent."""

    message_id: str
    sender: Sender
    recipient: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
