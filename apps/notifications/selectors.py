"""Reading messages."""

from uuid import UUID

from apps.shared.ids import public_id

from .errors import MessageNotFound
from .models import Message


def message(*, message_id: UUID) -> Message:
    """Raises MessageNotFound."""
    return _found(Message.objects.filter(pk=message_id).first(), message_id)


def message_for_update(*, message_id: UUID) -> Message:
    """The message, with the row locked. Raises MessageNotFound."""
    rows = Message.objects.select_for_update(of=("self",))
    return _found(rows.filter(pk=message_id).first(), message_id)


def _found(row: Message | None, message_id: UUID) -> Message:
    if row is None:
        raise MessageNotFound(message=public_id("msg", message_id))
    return row
