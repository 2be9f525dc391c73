"""The relay's bell: a Valkey list of at most one element. Losing it costs one poll interval."""

import logging
import threading
import time
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_KEY = "galleria:relay:bell"
_TIMEOUT_SECONDS = 0.1
_SILENCE_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 30.0

# When Valkey is down each attempt would cost a timeout on somebody's request: after one failure
# nobody in this process tries again for a while.
_quiet_until = 0.0
_guard = threading.Lock()


@lru_cache(maxsize=1)
def _client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=None,
    )


def ring() -> None:
    """Wake the relay now. Never raises for a broken Valkey, and never waits more than 0.1 s."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        pipeline: Any = _client().pipeline(transaction=False)
        pipeline.lpush(_KEY, 1)
        pipeline.ltrim(_KEY, 0, 0)
        pipeline.execute()
    except redis.RedisError as error:
        with _guard:
            _quiet_until = time.monotonic() + _SILENCE_SECONDS
        logger.warning("relay_bell_silent", extra={"error": str(error)})


@lru_cache(maxsize=1)
def _listener(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=_LONGEST_WAIT_SECONDS + 2)


def wait_for_ring(seconds: float) -> None:
    """Sleep until somebody rings, `seconds` (at most 30) at most."""
    try:
        _listener(settings.REDIS_URL).blpop([_KEY], timeout=min(seconds, _LONGEST_WAIT_SECONDS))
    except redis.RedisError as error:
        logger.warning("relay_bell_unheard", extra={"error": str(error)})
        time.sleep(seconds)  # as long as it would have listened
