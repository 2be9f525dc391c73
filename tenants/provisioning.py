"""What a new shop starts with, and what goes with a shop: apps above register what is theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class NewShop:
    """What is known of a shop when it is made. `owner_password` is a hash made by Django's
    `make_password`; empty, the owner is sent a link to set one."""

    slug: str
    name: str
    domain: str
    currency: str
    country: str
    owner_email: str
    owner_password: str
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


Farewell = Callable[[str], None]
_FAREWELLS: list[Farewell] = []


def forgets_gone_shops(farewell: Farewell) -> Farewell:
    """Register a function that deletes what an app keeps in `public` of the shop in a schema.

    It is given the schema's name and works in the transaction that drops it; the tenant's row is
    still there.
    """
    _FAREWELLS.append(farewell)
    return farewell


def forget_gone_shop(schema_name: str) -> None:
    """Let every app forget the shop."""
    for farewell in _FAREWELLS:
        farewell(schema_name)
