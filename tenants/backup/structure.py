"""The statements of a schema's structure, written for another name."""

import re

from tenants.backup.errors import CannotRestore
from tenants.template import replayable

PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def renamed(dump: str, *, old: str, new: str) -> str:
    """What pg_dump wrote of schema `old`, without psql's session, for schema `new`.

    pg_dump qualifies every name, and says in which path a function runs. Raises CannotRestore when
    something in the schema has the schema's own name: text alone cannot tell the two apart.
    """
    script = replayable(dump)
    if old == new:
        return script
    if not PLAIN_NAME.fullmatch(old) or not PLAIN_NAME.fullmatch(new):
        raise CannotRestore(f"{old!r} or {new!r} would need quotes.")
    if re.search(rf"\.{old}\b", script):
        raise CannotRestore(f"Something in schema {old} is called {old}: it keeps its name.")
    before = r"(?<![\w$\"])"
    for pattern, written in (
        (rf"{before}{old}(?=\.)", new),
        (rf"(?<=^CREATE SCHEMA ){old}(?=;)", new),
        (rf"(?<=^COMMENT ON SCHEMA ){old}(?= IS )", new),
        (rf"(?<=SET search_path TO '){old}(?=')", new),
    ):
        script = re.sub(pattern, written, script, flags=re.MULTILINE)
    return script
