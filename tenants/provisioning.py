"""What a new shop starts with: apps above register what they contribute."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class NewShop:
    """What is known of a shop when it is made. `owner_password` None: the owner sets one later."""

    slug: str
    name: str
    domain: str
    currency: str
    country: str
    owner_email: str
    owner_password: str | None
    now: datetime


Seed = Callable[[NewShop], None]
_SEEDS: list[Seed] = []


def seeds_new_shops(seed: Seed) -> Seed:
    """Register a function that writes into a new shop's schema, in the transaction making it."""
    _SEEDS.append(seed)
    return seed


def seed_new_shop(shop: NewShop) -> None:
    """Run all registered seeds, in the order of installed apps."""
    for seed in _SEEDS:
        seed(shop)
