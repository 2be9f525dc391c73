import logging
from datetime import datetime
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.states import MessageStatus
from apps.shared.db import owns_transaction

logger = logging.getLogger(__name__)


@owns_transaction
def withdraw_message(*, message_id: UUID, now: datetime) -> None:
    """What a queued message says is not true any more: it is not sent. One that went out, or was
    withdrawn, is left alone.

    Raises MessageNotFound.
    """
    message = selectors.message_for_update(message_id=message_id)
    if message.status == MessageStatus.QUEUED:
        message.move_to(MessageStatus.WITHDRAWN, now=now)
        logger.info(
            "message.withdrawn", extra={"message_id": message.public_id, "kind": message.kind}
        )
