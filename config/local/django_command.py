"""Django's own commands, with the environment of what runs on this machine."""

import os

from config.local import environment, folders
from config.local.errors import DatabaseUnreachable
from config.local.folders import DataFolder
from config.local.services import Services

_NOTHING_RUNS = (
    "nothing is running: start `python3 manage.py up` in another terminal, or set DATABASE_URL"
)

# SQLSTATE classes: connection exceptions, too many connections or no room, the server stops.
_CONNECTION_STATES = ("08", "53", "57P")


def run(argv: list[str]) -> int:
    """Hand `argv` to Django.

    Raises DatabaseUnreachable when the command needs a database and there is none.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    nothing_runs = not os.environ.get("DATABASE_URL") and not _use_running_servers()
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    if nothing_runs:
        _refuse_connections()
    try:
        execute_from_command_line(argv)
    except OperationalError as error:
        if error.args == (_NOTHING_RUNS,):
            raise DatabaseUnreachable(_NOTHING_RUNS) from None
        if not _is_unreachable(error):
            raise
        told = (str(error).strip() or "no word of why").splitlines()[0]
        raise DatabaseUnreachable(f"PostgreSQL does not answer: {told}") from None
    return 0


def _is_unreachable(error: Exception) -> bool:
    """Nobody there, turned away at the door, or cut off; not what a statement came to."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(_CONNECTION_STATES)


def _use_running_servers() -> bool:
    """Point this process at the servers of `.data/dev`; False when none run."""
    running = environment.of_running()
    values = running or Services(DataFolder(folders.dev_root()), durable=True).environment()
    os.environ.update(environment.completed(os.environ, values))
    return running is not None


def _refuse_connections() -> None:
    """Commands that need no database work; the others are told at once, not after a timeout."""
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def refuse(_: BaseDatabaseWrapper) -> None:
        raise OperationalError(_NOTHING_RUNS)

    BaseDatabaseWrapper.connect = refuse  # type: ignore[method-assign, assignment]
