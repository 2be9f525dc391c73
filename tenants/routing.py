"""Which tenant a host is, remembered while a subscription would tell of any change.

A process that does not hear the channel remembers nothing; what it remembers ends by itself after
`TENANT_CACHE_SECONDS`, should a message be lost. Zero, as in tests, turns it off.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    from tenants.models import Tenant

logger = logging.getLogger(__name__)

_CHANNEL = "galleria:tenants:changed"
_MOST = 10_000
_TIMEOUT_SECONDS = 0.5
_HEARTBEAT_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


class Memory:
    """Tenants by host. Empty whenever nobody listens for changes."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._guard = threading.Lock()
        self._known: dict[str, tuple["Tenant", float]] = {}
        self._generation = 0
        self._is_heard = False

    def get(self, host: str, ask: Callable[[], "Tenant | None"]) -> "Tenant | None":
        """What is remembered of `host`, or what `ask` finds. Unknown hosts are not kept: there is no
        end to them."""
        known = self._known.get(host)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        before = self._generation
        found = ask()
        if found is not None and self._is_heard:
            with self._guard:
                # What was read before a change must not be kept after it.
                if before == self._generation and len(self._known) < _MOST:
                    self._known[host] = (found, time.monotonic() + self._seconds)
        return found

    def forget(self, *, is_heard: bool) -> None:
        """Start anew. `is_heard`: whether changes are listened for from now on."""
        with self._guard:
            self._generation += 1
            self._is_heard = is_heard
            self._known = {}

    def listen(self) -> None:
        """Follow the channel for ever; what is remembered is dropped whenever that breaks."""
        while True:
            try:
                with redis.Redis.from_url(
                    settings.REDIS_URL, socket_connect_timeout=_TIMEOUT_SECONDS
                ) as client:
                    self._follow(client)
            except (redis.RedisError, OSError) as error:
                logger.warning("tenant_changes_unheard", extra={"error": str(error)})
            self.forget(is_heard=False)
            time.sleep(_PAUSE_SECONDS)

    def _follow(self, client: "redis.Redis") -> None:
        with client.pubsub() as channel:
            channel.subscribe(_CHANNEL)
            answered_at = time.monotonic()
            while time.monotonic() - answered_at < 3 * _HEARTBEAT_SECONDS:
                message = channel.get_message(timeout=_HEARTBEAT_SECONDS)
                if message is None:
                    channel.ping()
                    continue
                answered_at = time.monotonic()
                if message["type"] in ("subscribe", "message"):
                    self.forget(is_heard=True)
        raise redis.TimeoutError("no heartbeat")


_memory: Memory | None = None
_starting = threading.Lock()


def remembered(host: str, ask: Callable[[], "Tenant | None"]) -> "Tenant | None":
    """The tenant of a host, from memory if that may be trusted, or by `ask`."""
    if not settings.TENANT_CACHE_SECONDS:
        return ask()
    return (_memory or _start()).get(host, ask)


def _start() -> Memory:
    """With the first request: a thread that was started before a fork would be lost."""
    global _memory
    with _starting:
        if _memory is None:
            memory = Memory(seconds=settings.TENANT_CACHE_SECONDS)
            threading.Thread(target=memory.listen, name="tenant-changes", daemon=True).start()
            _memory = memory
        return _memory


def tell_of_change() -> None:
    """Once the caller's transaction has committed: all web processes forget what they know."""
    transaction.on_commit(_publish)


def _publish() -> None:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        ) as client:
            client.publish(_CHANNEL, b"1")
    except redis.RedisError as error:
        # Those who could not be told do not hear the channel either, or soon forget by themselves.
        logger.warning("tenant_change_untold", extra={"error": str(error)})
