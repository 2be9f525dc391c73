"""A worker that loses its broker goes on when the broker is back.

kombu 5.7 gives messages that were received and not begun back to the broker when a connection is
closed, also when it is closed because it was lost. What then fails is an AttributeError or an
AssertionError, for which Celery ends its main loop while the process stays. Nothing need be given
back: what a lost message was about is in PostgreSQL and is handed out again when its lease ends.
"""

import logging
from typing import Any

from kombu.transport import redis

logger = logging.getLogger(__name__)


class ForgivingQoS(redis.QoS):
    """Messages received and not acknowledged yet, of one channel."""

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
