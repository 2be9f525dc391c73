"""What stands against an order going further, known to apps above this one.

They register a function that raises a refusal; it is asked while the order's row is locked.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID


class Objection(Protocol):
    """Raises a Conflict when this order must not be packed, shipped or handed over now."""

    def __call__(self, *, order_id: UUID) -> None: ...


class Promise(Protocol):
    """How many pieces of which lines of an order must stay: they are not to be sent any more."""

    def __call__(self, *, order_id: UUID) -> Mapping[UUID, int]: ...


_objections: list[Objection] = []
_promises: list[Promise] = []


def object_with(objection: Objection) -> None:
    """Register one; once, however often the app is loaded."""
    if objection not in _objections:
        _objections.append(objection)


def keep_back(promise: Promise) -> None:
    """Register one; once, however often the app is loaded."""
    if promise not in _promises:
        _promises.append(promise)


def pieces_kept_back(*, order_id: UUID) -> dict[UUID, int]:
    """Pieces by line that must stay, by all promises. The caller holds the order's lock."""
    kept: Counter[UUID] = Counter()
    for promise in _promises:
        kept.update(promise(order_id=order_id))
    return {line_id: pieces for line_id, pieces in kept.items() if pieces}


def refuse_if_objected(*, order_id: UUID) -> None:
    """Ask all of them. The caller holds the order's lock. Raises what the first one raises."""
    for objection in _objections:
        objection(order_id=order_id)
