import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from apps.notifications.dto import Attachment, dedupe_key_of
from apps.notifications.events import MessageQueued
from apps.notifications.models import Message
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import add_unless_there
from apps.shared.outbox.emit import emit
from apps.shared.schema import current_schema
from apps.shared.text import one_line

logger = logging.getLogger(__name__)
_LONGEST_SUBJECT = 255


@joins_transaction
def queue_message(
    *,
    kind: str,
    about: UUID,
    recipient: str,
    context: Mapping[str, Any],
    attachment: Attachment | None,
    now: datetime,
) -> UUID:
    """Write a mail of this kind about something, once; a repetition returns the first one.

    Subject, text and HTML come from the templates `notifications/<kind>.subject|txt|html`. A
    handler sends it after the commit.
    """
    dedupe_key = dedupe_key_of(kind, about)
    row = Message(
        kind=kind,
        dedupe_key=dedupe_key,
        recipient=recipient,
        provider_message_id=_message_id(dedupe_key),
        attachments=[asdict(attachment)] if attachment else [],
        created_at=now,
        **_texts(kind, context),
    )
    # Who comes second waits here for the first one's commit, then finds its row.
    if not add_unless_there(row):
        return Message.objects.get(dedupe_key=dedupe_key).pk
    emit(MessageQueued(message_id=str(row.pk), kind=kind), now=now)
    logger.info("message.queued", extra={"message_id": row.public_id, "kind": kind})
    return row.pk


def _message_id(dedupe_key: str) -> str:
    """The same for every attempt, and for no other message of any shop (RFC 5322, 3.6.4)."""
    digest = hashlib.sha256(f"{current_schema()}:{dedupe_key}".encode()).hexdigest()
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{digest[:40]}@{address.rpartition('@')[2]}>"


def _texts(kind: str, context: Mapping[str, Any]) -> dict[str, str]:
    def render(suffix: str) -> str:
        return render_to_string(f"notifications/{kind}.{suffix}", dict(context))

    return {
        "subject": one_line(render("subject"))[:_LONGEST_SUBJECT],
        "body_text": render("txt"),
        "body_html": render("html"),
    }
