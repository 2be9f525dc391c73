"""A slow provider may not take every thread of a web process: the others serve who only looks."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from apps.payments.errors import ProviderUnavailable

logger = logging.getLogger(__name__)
_LONGEST_WAIT_SECONDS = 1.0


class CallSlots:
    """How many calls of this process may be under way to one provider."""

    def __init__(self, provider: str, at_once: int) -> None:
        self._provider = provider
        self._slots = threading.BoundedSemaphore(at_once)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """One call. Raises ProviderUnavailable when too many are under way."""
        if not self._slots.acquire(timeout=_LONGEST_WAIT_SECONDS):
            logger.warning("provider.busy", extra={"provider": self._provider})
            raise ProviderUnavailable(reason="busy")
        try:
            yield
        finally:
            self._slots.release()
