"""What apps above keep with a shop's backup, and do when the shop comes back from one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class RestoredShop:
    """A shop that was just restored; the code works in its schema.

    A copy goes by another name than the shop that it was made of, which may be alive: it must not
    act in that one's name. `kept` is what the apps had kept with the backup.
    """

    tenant_id: UUID
    schema_name: str
    is_copy: bool
    taken_at: datetime
    restored_at: datetime
    kept: Mapping[str, Any]
    last_numbers: Mapping[tuple[str, int], int]


Keep = Callable[[str], Any]
Settle = Callable[[RestoredShop], None]
_KEPT: dict[str, Keep] = {}
_SETTLED: list[Settle] = []


def keeps_with_backups(name: str) -> Callable[[Keep], Keep]:
    """Register what an app wants to know again: JSON of what `public` has of a schema's shop."""

    def register(keep: Keep) -> Keep:
        _KEPT[name] = keep
        return keep

    return register


def settles_restored_shops(settle: Settle) -> Settle:
    """Register a function that works in a restored shop's schema, in the transaction opening it."""
    _SETTLED.append(settle)
    return settle


def kept_of(schema_name: str) -> dict[str, Any]:
    """All that is kept of a shop, by the names under which it was registered."""
    return {name: keep(schema_name) for name, keep in _KEPT.items()}


def settle_restored_shop(shop: RestoredShop) -> None:
    """Run all that was registered, in the order of installed apps."""
    for settle in _SETTLED:
        settle(shop)
