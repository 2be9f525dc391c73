"""What the catalogue's query parameters may say."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from apps.shared.api.openapi import CURSOR, LIMIT, parameter
from apps.shared.api.pagination import (
    InvalidParameter,
    read_cursor,
    read_limit,
    refuse_unknown_parameters,
)

_FILTERS = ("vendor", "product_type", "tag", "handle")
# Each is the first column of an index that goes on with the id (see catalog.Product.Meta).
_SORTS = ("-published_at", "published_at", "title", "-title")
_IN_LISTS = (
    "handle",
    "title",
    "vendor",
    "product_type",
    "tags",
    "status",
    "price_range",
    "compare_at_price_min",
    "image",
    "available",
    "published_at",
    "updated_at",
)
_ON_PAGES = (*_IN_LISTS, "body_html", "options", "images", "seo", "variants")
_ALWAYS = ("object", "id")

PRODUCT_FIELDS = parameter(
    "fields",
    "Only these members, separated by commas; `object` and `id` are always there. Of: "
    + ", ".join(_ON_PAGES),
)
LIST_PARAMETERS = (
    LIMIT,
    CURSOR,
    parameter("sort", "The order; ties are broken by id.", enum=list(_SORTS), default=_SORTS[0]),
    parameter("vendor", "Only products of this vendor."),
    parameter("product_type", "Only products of this type."),
    parameter("tag", "Only products with this tag."),
    parameter("handle", "The one product with this handle."),
    parameter("expand", "`variants` puts the variants into each product.", enum=["variants"]),
    parameter(
        "fields",
        "Only these members, separated by commas; `object` and `id` are always there. Of: "
        + ", ".join((*_IN_LISTS, "variants (when expanded)")),
    ),
)


@dataclass(frozen=True)
class ListQuery:
    """A parsed query of the product list."""

    limit: int
    kind: str
    sort_by: str
    descending: bool
    filters: Mapping[str, str]
    after: tuple[Any, UUID] | None
    with_variants: bool
    # None: all of a summary.
    fields: Collection[str] | None


def kept_position(position: tuple[Any, UUID]) -> list[Any]:
    """A sort key and an id as the cursor keeps them."""
    key, product_id = position
    return [key.isoformat() if isinstance(key, datetime) else key, product_id.hex]


def read_list_query(request: Request) -> ListQuery:
    """Raises InvalidParameter, InvalidCursor."""
    refuse_unknown_parameters(request, {one.name for one in LIST_PARAMETERS})
    query = request.query_params
    sort = _one_of(query.get("sort", _SORTS[0]), _SORTS, "sort")
    given = {name: query[name] for name in _FILTERS if name in query}
    expanded = "expand" in query and _one_of(query["expand"], ("variants",), "expand")
    # A cursor is good for its own sort order and filters only: they are part of what is signed.
    kind = f"products.{sort}.{json.dumps(given, sort_keys=True)}"
    sort_by = sort.removeprefix("-")
    return ListQuery(
        limit=read_limit(request),
        kind=kind,
        sort_by=sort_by,
        descending=sort.startswith("-"),
        filters=given,
        after=_position(read_cursor(request, kind), sort_by),
        with_variants=bool(expanded),
        fields=_fields(request, (*_IN_LISTS, "variants"))
        if expanded
        else _chosen(request, _IN_LISTS),
    )


def read_page_fields(request: Request) -> Collection[str] | None:
    """The members of a product's page that are wanted; None all. Raises InvalidParameter."""
    refuse_unknown_parameters(request, {"fields"})
    return _chosen(request, _ON_PAGES)


def _chosen(request: Request, allowed: Sequence[str]) -> Collection[str] | None:
    return _fields(request, allowed) if "fields" in request.query_params else None


def _fields(request: Request, allowed: Sequence[str]) -> frozenset[str]:
    text = request.query_params.get("fields")
    wanted = allowed if text is None else text.split(",")
    return frozenset([*_ALWAYS, *(_one_of(name, allowed, "fields") for name in wanted)])


def _one_of(value: str, allowed: Sequence[str], name: str) -> str:
    if value not in (*allowed, *(_ALWAYS if name == "fields" else ())):
        raise InvalidParameter(f"{name} takes {', '.join(allowed)}.", parameter=name)
    return value


def _position(position: list[Any] | None, sort_by: str) -> tuple[Any, UUID] | None:
    if position is None:
        return None
    value, row_id = position
    return value if sort_by == "title" else datetime.fromisoformat(value), UUID(hex=row_id)
