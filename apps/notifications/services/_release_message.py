from datetime import datetime
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.events import MessageQueued
from apps.notifications.states import MessageStatus
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def release_message(*, message_id: UUID, now: datetime) -> None:
    """Have a withheld message sent after all.

    Raises MessageNotFound, InvalidTransition.
    """
    message = selectors.message_for_update(message_id=message_id)
    before = message.status
    message.move_to(MessageStatus.QUEUED, now=now, is_released=True)
    emit(MessageQueued(message_id=str(message.pk), kind=message.kind), now=now)
    record(
        action="notifications.message_released",
        target=Target("message", message.public_id),
        before={"status": str(before)},
        after={"status": str(message.status)},
        now=now,
    )
