from datetime import datetime
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.states import MessageStatus
from apps.shared.db import owns_transaction


@owns_transaction
def mark_message_sent(*, message_id: UUID, now: datetime) -> None:
    """The mail server has taken the message. A repetition changes nothing.

    Raises MessageNotFound.
    """
    message = selectors.message_for_update(message_id=message_id)
    if message.status != MessageStatus.SENT:
        message.move_to(MessageStatus.SENT, now=now)
