"""Reading messages."""

from uuid import UUID

from apps.shared.fast_rows import Lookup
from apps.shared.ids import public_id

from .errors import MessageNotFound
from .models import Message

_MESSAGE = Lookup(Message, "id = %s")
_LOCKED_MESSAGE = Lookup(Message, "id = %s FOR UPDATE")


def message(*, message_id: UUID) -> Message:
    """Raises MessageNotFound."""
    return _found(_MESSAGE.first(message_id), message_id)


def message_for_update(*, message_id: UUID) -> Message:
    """The message, with the row locked. Raises MessageNotFound."""
    return _found(_LOCKED_MESSAGE.first(message_id), message_id)


def _found(row: Message | None, message_id: UUID) -> Message:
    if row is None:
        raise MessageNotFound(message=public_id("msg", message_id))
    return row
