"""Whether this code may work in a schema, told from the fingerprint that the tenant's row carries.

It may when the schema has all migrations that this code has. More is no hindrance: two versions run
side by side while a fleet is migrated (docs/guides/migrations.md). What a fingerprint is of never
changes, so that it is asked for once in the life of a process.
"""

import time

from apps.shared.fast_sql import fetch_one
from tenants.fingerprints import code_fingerprint, code_migrations

_MIGRATIONS_OF = "SELECT migrations FROM public.tenants_templatescript WHERE fingerprint = %s"
# One that is not known yet may become so; nobody asks for it more often.
_UNKNOWN_SECONDS = 5.0
_MOST = 1_000
# Anything else is somebody's comment: PostgreSQL has one on a new database's public schema.
_LENGTH = 64
_serves: dict[str, bool] = {}
_unknown: dict[str, float] = {}


def serves(fingerprint: str) -> bool:
    """Whether a schema with this fingerprint has all that this code needs."""
    if fingerprint == code_fingerprint():
        return True
    known = _serves.get(fingerprint)
    if known is not None:
        return known
    if len(fingerprint) != _LENGTH or _unknown.get(fingerprint, 0.0) > time.monotonic():
        return False
    return _ask(fingerprint)


def _ask(fingerprint: str) -> bool:
    row = fetch_one(_MIGRATIONS_OF, (fingerprint,))
    if row is None or not row[0]:
        if len(_unknown) >= _MOST:
            _unknown.clear()
        _unknown[fingerprint] = time.monotonic() + _UNKNOWN_SECONDS
        return False
    _serves[fingerprint] = code_migrations().issubset(row[0].split("\n"))
    return _serves[fingerprint]
