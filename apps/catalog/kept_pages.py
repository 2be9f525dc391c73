"""Pages of products, kept in this process for as long as PostgreSQL says that they still hold.

Every use asks for the catalogue's number first, so what is kept is never stale; it only saves
making the same JSON again. Within a transaction nothing is kept: it may never be committed.
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import caches
from django.db import connection

from apps.shared.fast_sql import fetch_one
from apps.shared.schema import current_schema

P = TypeVar("P")

CATALOGUE_NUMBER = (
    "(SELECT coalesce(sum(number), 0)::bigint FROM {schema}.catalog_cataloguechanges)"
)
_ALIAS = "process"


def kept_page(asked: tuple[Any, ...], read: Callable[[], tuple[int, P]]) -> P:
    """What `read` gave for `asked` before, if nothing has changed since, or gives now.

    `read` gives the catalogue's number with the page, both of one snapshot. `asked` is all that the
    page depends on besides the catalogue; the shop is added here.
    """
    if connection.in_atomic_block:
        return read()[1]
    # Hashed: a kept key must not grow with what callers send.
    key = hashlib.sha256(repr((current_schema(), asked)).encode()).hexdigest()
    kept: tuple[int, P] | None = caches[_ALIAS].get(key)
    if kept is not None and kept[0] == _number():
        return kept[1]
    fresh = read()
    caches[_ALIAS].set(key, fresh)
    return fresh[1]


def _number() -> int:
    schema = connection.ops.quote_name(current_schema())
    row = fetch_one(f"SELECT {CATALOGUE_NUMBER.format(schema=schema)}", ())
    assert row is not None  # noqa: S101 - an aggregate gives one row
    number: int = row[0]
    return number
