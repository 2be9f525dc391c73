"""Telling all processes something at once, over Valkey's channels. Nothing is kept: who does not
listen at that moment never hears it, and must not rely on it."""

import logging
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_PREFIX = "galleria:broadcast:"
_TIMEOUT_SECONDS = 0.5
_HEARTBEAT_SECONDS = 1.0
_PAUSE_SECONDS = 1.0


def announce(topic: str) -> None:
    """Tell who listens. Never raises for a broken Valkey, and waits half a second at most."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        ) as client:
            client.publish(_PREFIX + topic, b"")
    except redis.RedisError as error:
        logger.warning("announcement_lost", extra={"topic": topic, "error": str(error)})


def listen(topic: str, *, heard: Callable[[], None], unheard: Callable[[], None]) -> None:
    """Call `heard` when listening begins and for each announcement, in a thread of its own, for
    ever; `unheard` as soon as it shows that announcements do not arrive, three seconds after the
    last sign of life at the latest."""
    threading.Thread(
        target=_listen, args=(topic, heard, unheard), name=f"listen-{topic}", daemon=True
    ).start()


def _listen(topic: str, heard: Callable[[], None], unheard: Callable[[], None]) -> None:
    while True:
        try:
            with redis.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=_TIMEOUT_SECONDS, retry=None
            ) as client:
                _follow(client, topic, heard)
        except (redis.RedisError, OSError) as error:
            logger.warning("announcements_unheard", extra={"topic": topic, "error": str(error)})
        unheard()
        time.sleep(_PAUSE_SECONDS)  # before it is called again


def _follow(client: "redis.Redis", topic: str, heard: Callable[[], None]) -> None:
    with client.pubsub() as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(_PREFIX + topic)
        alive_at = time.monotonic()
        while time.monotonic() - alive_at < 3 * _HEARTBEAT_SECONDS:
            message = channel.get_message(timeout=_HEARTBEAT_SECONDS)
            if message is None:
                channel.ping()
                continue
            alive_at = time.monotonic()
            if message["type"] in ("subscribe", "message"):
                heard()
    raise redis.TimeoutError("no sign of life")
