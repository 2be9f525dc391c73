"""Reading what shoppers see: products that are for sale, as JSON that PostgreSQL made.

One statement each. The page's ids are chosen first, through an index; what is shown of them is the
business of two functions in the shop's schema, which keep their plans whatever the search path is
(docs/adr/0015-storefront-in-sql.md).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from apps.catalog.errors import ProductNotFound
from apps.catalog.kept_pages import CATALOGUE_NUMBER
from apps.shared.fast_sql import fetch_one
from apps.shared.schema import current_schema

# The text of statements is put together of these, and of nothing that a caller gives.
_CONDITIONS = {
    "vendor": "vendor = %(vendor)s",
    "product_type": "product_type = %(product_type)s",
    "tag": "tags @> ARRAY[%(tag)s]::varchar[]",
    "handle": "handle = %(handle)s",
}
_SORT_KEYS = {"published_at": "timestamptz", "title": "text"}
_LIST = """
    SELECT {schema}.{function}(ids[:%(limit)s], %(fields)s), keys[%(limit)s], ids[%(limit)s],
        cardinality(ids) > %(limit)s, {number}
    FROM (
        SELECT array_agg(id) AS ids, array_agg({key}) AS keys FROM (
            SELECT id, {key} FROM {schema}.catalog_product
            WHERE {conditions}
            ORDER BY {key} {direction}, id {direction}
            LIMIT %(limit)s + 1
        ) AS page
    ) AS found
"""
_ONE = """
    SELECT {schema}.catalog_shown(ARRAY[id], %(fields)s) FROM {schema}.catalog_product
    WHERE id = %(id)s AND status = 'active'
"""


@dataclass(frozen=True)
class ProductPage:
    """`content` is the products' JSON, separated by commas; `last` the position of the last one
    (sort key and id) when there are more behind it; `number` the catalogue's, by the same snapshot.
    """

    content: bytes
    last: tuple[Any, UUID] | None
    number: int


def listed_products(
    *,
    filters: Mapping[str, str],
    sort_by: str,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
    fields: Collection[str] | None,
    with_variants: bool,
) -> ProductPage:
    """At most `limit` active products behind the position `after` (sort key and id).

    `filters` are by vendor, product_type, tag, handle; `sort_by` is published_at or title. `fields`
    are the wanted members, None all of a summary.
    """
    sort_type, schema = _SORT_KEYS[sort_by], _schema()
    conditions = ["status = 'active'", *(_CONDITIONS[name] for name in filters)]
    parameters: dict[str, Any] = {"limit": limit, "fields": _array(fields), **filters}
    if after is not None:
        # A comparison of rows: PostgreSQL enters an index on both columns at that very place.
        sign = "<" if descending else ">"
        conditions.append(f"({sort_by}, id) {sign} (%(after)s::{sort_type}, %(after_id)s)")
        parameters["after"], parameters["after_id"] = after
    statement = _LIST.format(
        schema=schema,
        function="catalog_shown" if with_variants else "catalog_listed",
        number=CATALOGUE_NUMBER.format(schema=schema),
        key=sort_by,
        direction="DESC" if descending else "ASC",
        conditions=" AND ".join(conditions),
    )
    # What is the best way to a filter's rows depends on how many there are: planned each time.
    row = fetch_one(statement, parameters, prepare=not filters)
    assert row is not None  # noqa: S101 - an aggregate gives one row
    content, key, last_id, has_more, number = row
    return ProductPage(content or b"", (key, last_id) if has_more else None, number)


def shown_product(*, product_id: UUID, fields: Collection[str] | None) -> bytes:
    """The JSON of one active product. Raises ProductNotFound, also for drafts and archived ones."""
    parameters = {"id": product_id, "fields": _array(fields)}
    row = fetch_one(_ONE.format(schema=_schema()), parameters)
    if row is None:
        raise ProductNotFound
    content: bytes = row[0]
    return content


def _schema() -> str:
    return connection.ops.quote_name(current_schema())


def _array(fields: Collection[str] | None) -> list[str] | None:
    return None if fields is None else sorted(fields)
