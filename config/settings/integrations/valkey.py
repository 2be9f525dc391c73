"""Valkey (or Redis): cache, Celery's broker and wake-up signals. It holds nothing that matters."""

from typing import Any

import environ
from redis.backoff import NoBackoff
from redis.retry import Retry

env = environ.Env()

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")


def broker_url(url: str) -> str:
    """Celery's spelling of a Redis URL: `unix:///path?db=0` is `redis+socket:///path?virtual_host=0`."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or 0}"


CELERY_BROKER_URL = broker_url(REDIS_URL)
# Sending does not wait for a broker that is down: the relay hands back and comes again.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 0,
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "galleria",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    },
    # For apps.shared.caching, whose keys name their tenant: it is asked from whatever schema.
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "galleria-shared",
        # Orders ask it: one that hangs must not be noticed, and is not asked twice.
        "OPTIONS": {
            "socket_timeout": 0.1,
            "socket_connect_timeout": 0.1,
            "retry": Retry(NoBackoff(), 0),
        },
    },
    # In each process for itself, for what is looked after before each use.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "TIMEOUT": 60,
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}
