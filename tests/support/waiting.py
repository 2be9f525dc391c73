"""Waiting with a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")
_PAUSE_SECONDS = 0.05


def eventually(look: Callable[[], R], *, seconds: float = 10.0, what: str = "") -> R:
    """Look until there is something true to see, and return it. AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or look}: not so after {seconds} s, but {found!r}")
        time.sleep(_PAUSE_SECONDS)
    return found
