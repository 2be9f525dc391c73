"""`manage.py services up|down|env|status [--test]`: the servers alone, for work without `up`."""

import argparse
import os
import shlex

from config.local import environment, folders
from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.postgres import DATABASE, USER
from config.local.services import Services


def run(arguments: list[str]) -> int:
    """Returns the exit code. Raises LocalError."""
    parser = argparse.ArgumentParser(
        prog="manage.py services",
        description="Run only the embedded PostgreSQL and Valkey, for work without `up`.",
        epilog='eval "$(python3 manage.py services env --test)" makes pytest usable directly.',
    )
    parser.add_argument("action", choices=("up", "down", "env", "status"))
    parser.add_argument("--test", action="store_true", help="those of the tests (.data/test)")
    options = parser.parse_args(arguments)
    folder = DataFolder(folders.TEST if options.test else folders.dev_root())
    services = Services(folder, durable=not options.test)
    if options.action == "up":
        _start(services)
    elif options.action == "down":
        _stop(services)
    if options.action in ("up", "env"):
        print("\n".join(_exports(services, settings="test" if options.test else "dev")))
    else:
        print("\n".join(_status(services)))
    return 0


def _start(services: Services) -> None:
    if environment.is_up(services.folder):
        return  # `manage.py up` runs them already
    services.start([services.valkey, services.postgres], dies_with_us=False)
    environment.record(services.folder, services.environment())


def _stop(services: Services) -> None:
    if pid := environment.is_up(services.folder):
        raise LocalError(f"`manage.py up` (pid {pid}) is using them: stop it with Ctrl-C first")
    services.stop()
    environment.forget(services.folder)


def _exports(services: Services, *, settings: str) -> list[str]:
    """Shell lines; the PG… ones let psql and pg_dump connect without arguments."""
    values = services.environment() | {
        "DJANGO_SETTINGS_MODULE": f"config.settings.{settings}",
        "PGHOST": str(services.folder.sockets),
        "PGUSER": USER,
        "PGDATABASE": DATABASE,
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in values.items()]


def _status(services: Services) -> list[str]:
    lines = []
    for server in (services.postgres, services.valkey):
        process = server.running()
        state = f"running (pid {process.pid})" if process else "not running"
        lines.append(f"{server.name:9} {state}  {os.path.relpath(services.folder.root)}")
    return lines
