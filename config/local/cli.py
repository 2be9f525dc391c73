"""The commands that manage.py runs before Django loads."""

import sys
from collections.abc import Callable

from config.local import services
from config.local.errors import LocalError

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "services": services.run,
}


def run(name: str, arguments: list[str]) -> int:
    """Run one of COMMANDS. Returns the exit code; what the user can mend is told in one message."""
    try:
        return COMMANDS[name](arguments)
    except LocalError as error:
        print(f"manage.py {name}: {error}", file=sys.stderr)
        return 1
