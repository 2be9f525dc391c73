"""How much of each variant two carts make together: one pure function (CART-006)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from .limits import MAX_LINES, MAX_QUANTITY


class CapReason(StrEnum):
    """Why a merged cart has less of a variant than the two carts held."""

    AVAILABILITY = "availability"
    CART_LIMIT = "cart_limit"


@dataclass(frozen=True)
class MergedLine:
    """A variant of which both carts held `requested`, and the merged one holds `quantity`."""

    variant_id: UUID
    requested: int
    quantity: int


@dataclass(frozen=True)
class Capped(MergedLine):
    """One of which there is less than was asked for, down to none at all."""

    reason: CapReason


def merged_lines(
    *, brought: Mapping[UUID, int], held: Mapping[UUID, int], available: Mapping[UUID, int]
) -> list[MergedLine]:
    """The brought variants, added to what is held, as far as there is stock and room.

    What is held and not brought is not looked at. A held line is only cut where more of it is
    brought: the sum is capped, also to none. New lines beyond the cart's room stay out, the last
    ones first.
    """
    room = MAX_LINES - len(held)
    found = []
    for variant_id, quantity in brought.items():
        requested = quantity + held.get(variant_id, 0)
        fits = min(requested, available[variant_id], MAX_QUANTITY)
        if variant_id not in held and fits:
            fits = fits if room > 0 else 0
            room -= 1
        found.append(_line(variant_id, requested, fits, available[variant_id]))
    return found


def capped(lines: Iterable[MergedLine]) -> tuple[Capped, ...]:
    """Those that were cut."""
    return tuple(one for one in lines if isinstance(one, Capped))


def _line(variant_id: UUID, requested: int, quantity: int, available: int) -> MergedLine:
    if quantity == requested:
        return MergedLine(variant_id, requested, quantity)
    by_stock = quantity == available
    reason = CapReason.AVAILABILITY if by_stock else CapReason.CART_LIMIT
    return Capped(variant_id, requested, quantity, reason)
