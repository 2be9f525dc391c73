"""How each check's invariant is broken, and that one only: what a check is worth."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.invariants.busy import BusyShop


@dataclass(frozen=True)
class Break:
    """`spoil` breaks the data and returns the row that must be named; `also` are the checks that
    cannot help but notice."""

    check: str
    spoil: Callable[[BusyShop], str]
    also: frozenset[str]


BREAKS: dict[str, Break] = {}


def breaks(
    check: str, *also: str
) -> Callable[[Callable[[BusyShop], str]], Callable[[BusyShop], str]]:
    """Register how a check's invariant is broken."""

    def register(spoil: Callable[[BusyShop], str]) -> Callable[[BusyShop], str]:
        assert check not in BREAKS, check
        BREAKS[check] = Break(check, spoil, frozenset(also))
        return spoil

    return register
