"""Answers about the catalogue, kept in this process for as long as PostgreSQL says that they hold.

Every use asks for the catalogue's number first, so what is kept is never stale; it only saves
making the same JSON again. Within a transaction nothing is kept: it may never be committed.
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import caches
from django.db import connection

from apps.shared.fast_sql import fetch_one
from apps.shared.schema import current_schema

A = TypeVar("A")

CATALOGUE_NUMBER = (
    "(SELECT coalesce(sum(number), 0)::bigint FROM {schema}.catalog_cataloguechanges)"
)
_ALIAS = "process"


def kept_answer(asked: str, make: Callable[[], tuple[int | None, A]]) -> A:
    """What `make` gave for `asked` before, if nothing has changed since, or gives now.

    `asked` is all that the answer depends on besides the catalogue; the shop is added here. `make`
    gives with the answer the catalogue's number, both of one snapshot; None: not to be kept.
    """
    if connection.in_atomic_block:
        return make()[1]
    # Hashed: a kept key must not grow with what callers send.
    key = hashlib.sha256(f"{current_schema()} {asked}".encode()).hexdigest()
    kept: tuple[int, A] | None = caches[_ALIAS].get(key)
    if kept is not None and kept[0] == _number():
        return kept[1]
    number, answer = make()
    if number is not None:
        caches[_ALIAS].set(key, (number, answer))
    return answer


def _number() -> int:
    schema = connection.ops.quote_name(current_schema())
    row = fetch_one(f"SELECT {CATALOGUE_NUMBER.format(schema=schema)}", ())
    assert row is not None  # noqa: S101 - an aggregate gives one row
    number: int = row[0]
    return number
