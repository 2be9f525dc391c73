"""Django's own commands, with the environment of what runs on this machine."""

import os

from config.local import environment, folders
from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.services import Services

_NOTHING_RUNS = (
    "nothing is running: start `python3 manage.py up` in another terminal, or set DATABASE_URL"
)


def run(argv: list[str]) -> int:
    """Hand `argv` to Django.

    Raises LocalError when the command needs a database and there is none.
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
            raise LocalError(_NOTHING_RUNS) from None
        raise
    return 0


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
