"""What stands against an order going further, known to apps above this one.

They register a function that raises a refusal; it is asked while the order's row is locked.
"""

from typing import Protocol
from uuid import UUID


class Objection(Protocol):
    """Raises a Conflict when this order must not be packed, shipped or handed over now."""

    def __call__(self, *, order_id: UUID) -> None: ...


_objections: list[Objection] = []


def object_with(objection: Objection) -> None:
    """Register one; once, however often the app is loaded."""
    if objection not in _objections:
        _objections.append(objection)


def refuse_if_objected(*, order_id: UUID) -> None:
    """Ask all of them. The caller holds the order's lock. Raises what the first one raises."""
    for objection in _objections:
        objection(order_id=order_id)
