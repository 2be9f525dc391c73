"""How much work lies before the workers: the relay adds no more than they are about to need.

A long queue at the broker is work that nobody can reorder. What waits in PostgreSQL instead is
handed out in turn, a shop's share at a time, so that who has little to do does not wait behind who
has much.
"""

from collections.abc import Sequence
from functools import lru_cache

import redis
from django.conf import settings

# Messages that may wait in a queue: more than what workers take between two rounds. With half as
# many they stood still at times (4,000 events a second, not 5,200); a quiet shop waits 0.2 s.
MOST_WAITING = 16
# As many for a shop that has just had its turn: enough to keep the workers busy with it alone.
MOST_WAITING_AGAIN = 8
_TIMEOUT_SECONDS = 2.0


class BrokerSilent(Exception):
    """The broker cannot be asked."""


@lru_cache(maxsize=1)
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS, retry=None
    )


def messages_waiting(queues: Sequence[str]) -> dict[str, int]:
    """How many messages wait in each queue, those that a worker has fetched not counted.

    Raises BrokerSilent.
    """
    pipeline = _client(settings.REDIS_URL).pipeline(transaction=False)
    for queue in queues:
        pipeline.llen(queue)
    try:
        return dict(zip(queues, pipeline.execute(), strict=True))
    except redis.RedisError as error:
        raise BrokerSilent(str(error)) from error
