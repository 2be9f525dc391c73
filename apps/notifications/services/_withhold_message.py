import logging
from datetime import datetime
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.states import MessageStatus
from apps.shared.db import owns_transaction

logger = logging.getLogger(__name__)


@owns_transaction
def withhold_message(*, message_id: UUID, now: datetime) -> None:
    """The recipient of a queued message may have had it: it waits until somebody decides. One that
    is not queued any more is left alone.

    Raises MessageNotFound.
    """
    message = selectors.message_for_update(message_id=message_id)
    if message.status == MessageStatus.QUEUED:
        message.move_to(MessageStatus.WITHHELD, now=now)
        logger.info(
            "message.withheld", extra={"message_id": message.public_id, "kind": message.kind}
        )
