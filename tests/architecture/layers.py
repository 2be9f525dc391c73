"""The direction of 05-architecture, read from the import contracts: there is one list only."""

import tomllib
from functools import cache

from tests.architecture.sources import ROOT


@cache
def contracts() -> list[dict[str, object]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, object]] = config["tool"]["importlinter"]["contracts"]
    return found


@cache
def ranks() -> dict[str, int]:
    """Package → height: 0 is the bottom. Packages of one layer share a number."""
    direction = next(one for one in contracts() if one["id"] == "direction")
    layers = direction["layers"]
    assert isinstance(layers, list)
    return {
        package.strip(): height
        for height, layer in enumerate(reversed(layers))
        for package in layer.split("|")
    }


def package_of(module: str) -> str:
    """`apps.orders` for `apps.orders.models`, `tenants` for `tenants.models`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "apps" else parts[0]
