"""How many of a variant can be sold: known to the app that keeps stock, which is above this one.

It registers its answer with `provide` when it is loaded.
"""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID


class Provider(Protocol):
    """Answers the sellable quantity of each variant that has any stock. One statement."""

    def __call__(self, *, variant_ids: Collection[UUID]) -> Mapping[UUID, int]: ...


_providers: list[Provider] = []


class NoStockKeeper(RuntimeError):
    """No installed app says what is in stock: call `apps.catalog.availability.provide`."""


def provide(provider: Provider) -> None:
    """Register the function that answers; the last one registered is asked."""
    _providers.append(provider)


def available_quantities(*, variant_ids: Collection[UUID]) -> dict[UUID, int]:
    """The sellable quantity of each variant, backorders included, 0 for those without stock.

    One statement. Raises NoStockKeeper.
    """
    if not _providers:
        raise NoStockKeeper(NoStockKeeper.__doc__)
    known = _providers[-1](variant_ids=variant_ids)
    return {variant_id: known.get(variant_id, 0) for variant_id in variant_ids}
