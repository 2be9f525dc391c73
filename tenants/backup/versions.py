"""How a schema that comes out of a backup stands to this code's migrations."""

from collections.abc import Collection

from apps.shared.db import outside_transaction
from tenants.backup.errors import CannotRestore
from tenants.fingerprints import code_migrations
from tenants.fleet.graph import Graph
from tenants.fleet.holding import Limits
from tenants.fleet.journey import Journey


def has_all_migrations(names: Collection[str]) -> bool:
    """Whether a schema with these migrations has all that this code works with.

    Raises CannotRestore when it has some that this code does not know: it is of a newer version.
    """
    known = code_migrations()
    if unknown := sorted(set(names) - known):
        raise CannotRestore(
            f"It was made by another version: this one lacks the migrations {unknown}."
        )
    return known.issubset(names)


@outside_transaction
def migrate_forward(schema: str) -> None:
    """Bring a schema to this code's migrations, a transaction for each. What was done stays."""
    Journey(schema, Graph(), Limits()).go()
