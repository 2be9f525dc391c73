"""What runs where, told through environment variables; what the user has set always wins.

`up` and `services up` write their answer to the data folder, so that a command in another
terminal (`manage.py shell`) finds the same servers without being told.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from config.local import folders, locks
from config.local.folders import DataFolder
from config.local.services import Services


def has_own_stripe(environment: Mapping[str, str]) -> bool:
    """Whether the user brings Stripe: then the simulator must not stand in for it."""
    return bool(environment.get("STRIPE_API_BASE") or environment.get("STRIPE_SECRET_KEY"))


def needs_simulator(environment: Mapping[str, str]) -> bool:
    """Whether somebody must stand in for Stripe or for the mail server."""
    return not (has_own_stripe(environment) and environment.get("EMAIL_URL"))


def simulated_providers(simulator: str, folder: DataFolder) -> dict[str, str]:
    """Where the other payment providers are, if the simulator there stands in for them."""
    return {
        "PAYPAL_API_BASE": f"{simulator}/paypal",
        "PAYPAL_ROOTS_FILE": str(folder.root / "simulator" / "paypal-root.pem"),
        "RAZORPAY_API_BASE": f"{simulator}/razorpay",
        "BAKONG_API_BASE": f"{simulator}/bakong",
    }


def completed(environment: Mapping[str, str], additions: Mapping[str, str]) -> dict[str, str]:
    """`environment` with `additions` for each variable that is missing or empty."""
    return {**environment, **{k: v for k, v in additions.items() if not environment.get(k)}}


def record(folder: DataFolder, values: Mapping[str, str]) -> None:
    """Remember `values` for commands in other terminals. May hold passwords: for this user only."""
    file = _file(folder)
    unfinished = file.with_suffix(".unfinished")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump(dict(values), output, indent=1)
    unfinished.replace(file)


def forget(folder: DataFolder) -> None:
    _file(folder).unlink(missing_ok=True)


def of_running() -> dict[str, str] | None:
    """The environment of what runs in `.data/dev` now; None when nothing does."""
    folder = DataFolder(folders.dev_root())
    if not is_up(folder) and not Services(folder, durable=True).running():
        return None
    try:
        values: dict[str, str] = json.loads(_file(folder).read_text())
    except FileNotFoundError:
        return None
    return values


def is_up(folder: DataFolder) -> int | None:
    """The pid of the `manage.py up` that runs on this folder, or None."""
    return locks.holder(up_lock(folder))


def up_lock(folder: DataFolder) -> Path:
    return folder.state / "up.lock"


def _file(folder: DataFolder) -> Path:
    return folder.state / "environment.json"
