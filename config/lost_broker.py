"""A worker that loses its broker, or whose broker is full, goes on when the broker is well again.

kombu 5.7 gives messages that were received and not begun back to the broker when a connection is
closed, also when it is closed because it was lost. What then fails is an AttributeError or an
AssertionError, for which Celery ends its main loop while the process stays. Nothing need be given
back: what a lost message was about is in PostgreSQL and is handed out again when its lease ends.
For the same reason a message may be worked on that a full broker could not note as received.
"""

import logging
from typing import Any

from kombu.transport import redis
from redis.exceptions import ResponseError

logger = logging.getLogger(__name__)


class ForgivingQoS(redis.QoS):
    """Messages received and not acknowledged yet, of one channel."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Take a message, noted with the broker if it has room for that: for an error from here
        Celery ends the worker."""
        try:
            super().append(message, delivery_tag)
        except ResponseError as error:
            logger.warning("message_not_noted", extra={"error": str(error)})
            super(redis.QoS, self).append(message, delivery_tag)

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Give back what can be given back; never raises."""
        try:
            super().restore_unacked_once(stderr)
        except Exception as error:
            held: dict[str, Any] = self._delivered or {}
            logger.warning(
                "messages_not_given_back",
                extra={"count": len(held), "error": f"{type(error).__name__}: {error}"},
            )
            held.clear()


def install() -> None:
    """Let every connection to the broker use it."""
    redis.Channel.QoS = ForgivingQoS
