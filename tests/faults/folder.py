"""Where the harness keeps its servers, and what its own Django is told of them."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.local import folders, locks
from config.local.folders import DataFolder
from config.local.services import Services

SETTINGS = "tests.faults.settings"


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """The first of `.data/faults`, `.data/faults-2`, … that nobody uses, emptied and locked."""
    number = 1
    while True:
        name = "faults" if number == 1 else f"faults-{number}"
        root = folders.PROJECT / ".data" / name
        root.parent.mkdir(exist_ok=True)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locks.exclusive(root.with_suffix(".lock")))
            except locks.Taken:
                number += 1
                continue
            shutil.rmtree(root, ignore_errors=True)
            yield root
            return


def environment(root: Path) -> dict[str, str]:
    """What the harness's own Django needs: straight to the servers, past the proxies."""
    services = Services(DataFolder(root), durable=True)
    return services.environment() | {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DEBUG": "false",
        "GALLERIA_NO_BOOTSTRAP": "1",
        "LOG_LEVEL": "CRITICAL",
        "PLATFORM_DOMAIN": "galleria.localhost",
    }
