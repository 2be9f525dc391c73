"""Which tenant a host is, remembered while an announcement would tell of any change.

A process that does not hear announcements remembers nothing; what it remembers ends by itself after
`TENANT_CACHE_SECONDS`, should one be lost. Zero, as in tests, turns it off.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from apps.shared.broadcast import announce, listen

if TYPE_CHECKING:
    from tenants.models import Tenant

_TOPIC = "tenants-changed"
_MOST = 10_000


class Memory:
    """Tenants by host. Empty, and stays so, whenever changes are not heard of."""

    def __init__(self, *, seconds: float) -> None:
        self.is_heard = False
        self.generation = 0
        self._seconds = seconds
        self._guard = threading.Lock()
        self._known: dict[str, tuple[Tenant, float]] = {}

    def get(self, host: str, ask: Callable[[], "Tenant | None"]) -> "Tenant | None":
        """What is remembered of `host`, or what `ask` finds. Unknown hosts are not kept: there is
        no end to them."""
        known = self._known.get(host)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        before = self.generation
        found = ask()
        if found is not None and self.is_heard:
            with self._guard:
                # What was read before a change must not be kept after it.
                if before == self.generation and len(self._known) < _MOST:
                    self._known[host] = (found, time.monotonic() + self._seconds)
        return found

    def changed(self) -> None:
        """Something may have changed, and the next change will be heard of."""
        self._forget(is_heard=True)

    def unheard(self) -> None:
        """Changes may go unheard from now on."""
        self._forget(is_heard=False)

    def _forget(self, *, is_heard: bool) -> None:
        with self._guard:
            self.generation += 1
            self.is_heard = is_heard
            self._known = {}


_memory: Memory | None = None
_starting = threading.Lock()


def remembered(host: str, ask: Callable[[], "Tenant | None"]) -> "Tenant | None":
    """The tenant of a host, from memory if that may be trusted, or by `ask`."""
    if not settings.TENANT_CACHE_SECONDS:
        return ask()
    return (_memory or start()).get(host, ask)


def start() -> Memory:
    """Begin to listen, with the first request: a thread from before a fork would be lost."""
    global _memory
    with _starting:
        if _memory is None:
            memory = Memory(seconds=settings.TENANT_CACHE_SECONDS)
            listen(_TOPIC, heard=memory.changed, unheard=memory.unheard)
            _memory = memory
        return _memory


def tell_of_change() -> None:
    """Once the caller's transaction has committed: all web processes forget what they know."""
    transaction.on_commit(lambda: announce(_TOPIC))
