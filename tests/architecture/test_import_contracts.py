"""The import contracts hold, and each of them can break."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.layers import contracts
from tests.architecture.sources import ROOT

# Contract → an import that breaks it: the file it is added to, and the line.
BREAKS = {
    "direction": ("apps/catalog/selectors.py", "import apps.orders.states"),
    "inside": ("apps/orders/states.py", "import apps.orders.services"),
    "inside-shared": ("apps/shared/relay/wakeups.py", "import apps.shared.outbox.emit"),
    "thin-edges": ("apps/orders/api/urls.py", "import apps.orders.models"),
    "events-leaf": ("apps/orders/events.py", "import django.db"),
    "no-edges-in-core": ("apps/orders/selectors.py", "import rest_framework.request"),
    "stripe": ("apps/checkout/api/urls.py", "import stripe"),
    "other-providers": ("apps/checkout/api/urls.py", "import razorpay"),
    "network": ("apps/orders/selectors.py", "import requests"),
    "payments-blind": ("apps/payments/readable.py", "import apps.catalog.selectors"),
    "product-alone": ("apps/orders/selectors.py", "import tests.support.probe"),
    "local-alone": ("config/local/folders.py", "import apps.shared.clock"),
}


def private_contracts() -> dict[str, str]:
    """Contracts of kind “protected” → a module that others must not import."""
    return {
        str(one["id"]): str(one["protected_modules"][0])  # type: ignore[index]
        for one in contracts()
        if one["type"] == "protected"
    }


def broken_contracts(folder: Path) -> set[str]:
    """The names of the contracts that `lint-imports` finds broken."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    broken = {line.partition(" BROKEN")[0] for line in lines if " BROKEN" in line}
    assert (done.returncode == 0) == (not broken), done.stdout + done.stderr
    return broken


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's sources, to be spoiled."""
    for name in ("apps", "billing", "tenants", "config"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold():
    assert broken_contracts(ROOT) == set()


def test_each_contract_can_break(copy):
    for path, line in BREAKS.values():
        _add(copy / path, line)
    for module in private_contracts().values():
        # From an app above when there is one: protection must not depend on the direction alone.
        reader = "tenants" if module.startswith("apps.checkout.") else "apps/checkout"
        _add(copy / reader / "selectors.py", f"import {module}")

    names = {str(one["id"]): str(one["name"]) for one in contracts()}
    assert set(names) == set(BREAKS) | set(private_contracts()), (
        "a contract without a sample that breaks it"
    )
    assert broken_contracts(copy) == set(names.values())


def _add(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(f"\n{line}\n")
