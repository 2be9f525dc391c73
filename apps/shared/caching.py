"""What processes share for a while in Valkey, and never need: whatever goes wrong is a miss.

Keys name their tenant themselves (the cache `shared` does not look at the search path). After a
failure the cache is left alone for some seconds, so that one that hangs does not slow each request.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any

from django.core.cache import caches
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
_PAUSE_SECONDS = 5.0
_ALIAS = "shared"


# One step in Valkey: nobody sees it counted without an end, and two counts are never one.
_COUNT = """
local counted = redis.call('INCR', KEYS[1])
if redis.call('TTL', KEYS[1]) < 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return counted
"""


class _Pause:
    until = 0.0


def recall(keys: Iterable[str]) -> dict[str, Any]:
    """What is known of these keys, in one round trip; nothing while the cache is not there."""
    if time.monotonic() < _Pause.until:
        return {}
    try:
        return dict(caches[_ALIAS].get_many(list(keys)))
    except (RedisError, OSError) as error:
        _pause(error)
        return {}


def remember(key: str, value: object, *, seconds: int | None) -> bool:
    """Keep a value (None: without end). False when the cache is not there: nothing was kept."""
    if time.monotonic() < _Pause.until:
        return False
    try:
        caches[_ALIAS].set(key, value, seconds)
    except (RedisError, OSError) as error:
        _pause(error)
        return False
    return True


def count(key: str, *, seconds: int) -> int:
    """Count one more under a key that is forgotten `seconds` after its first; how many there are.

    Exact among processes. 0 while the cache is not there: nobody is stopped for its sake.
    """
    if time.monotonic() < _Pause.until:
        return 0
    cache: Any = caches[_ALIAS]
    name = cache.make_and_validate_key(key)
    try:
        client = cache._cache.get_client(name, write=True)
        return int(client.eval(_COUNT, 1, name, seconds))
    except (RedisError, OSError) as error:
        _pause(error)
        return 0


def _pause(error: Exception) -> None:
    logger.warning("cache_unavailable", extra={"reason": str(error)})
    _Pause.until = time.monotonic() + _PAUSE_SECONDS
