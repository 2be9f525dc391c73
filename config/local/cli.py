"""Hands a command line to its command: those of COMMANDS run before Django loads."""

import sys
from collections.abc import Callable

from config.local import (
    bench_command,
    django_command,
    faults_command,
    services_command,
    test_command,
)
from config.local.errors import LocalError
from config.local.supervisor import up

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "bench": bench_command.run,
    "faults": faults_command.run,
    "up": up.run,
    "services": services_command.run,
    "test": test_command.run,
}


def run(argv: list[str]) -> int:
    """Run `manage.py …`. Returns the exit code; what the user can mend is told in one message."""
    name = argv[1] if len(argv) > 1 else ""
    try:
        if name in COMMANDS:
            return COMMANDS[name](argv[2:])
        return django_command.run(argv)
    except LocalError as error:
        print(f"manage.py {name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
