"""Keyset pages with opaque, signed cursors over (sort key, id)."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core import signing
from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared.errors import Malformed
from apps.shared.schema import current_schema

DEFAULT_LIMIT, MAX_LIMIT = 25, 100


class InvalidCursor(Malformed):
    """The cursor is not one that this list handed out."""

    code = "invalid_cursor"


class InvalidParameter(Malformed):
    """A query parameter is unknown or has a value that is not allowed."""

    code = "invalid_parameter"


def _signer(kind: str) -> signing.Signer:
    """Without a timestamp: the same page has the same cursor, and so the same ETag."""
    return signing.Signer(salt=f"cursor.{current_schema()}.{kind}")


def read_limit(request: Request) -> int:
    """`limit` of the query, 1 to 100, 25 when absent. Raises InvalidParameter."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    # The length first: Python refuses to read a number of thousands of digits.
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT))
    if not (is_number and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidParameter(f"limit is 1 to {MAX_LIMIT}.", parameter="limit")
    return int(text)


def read_cursor(request: Request, kind: str) -> list[Any] | None:
    """The position in `cursor`, if any. `kind` names list and sort order. Raises InvalidCursor."""
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        position = _signer(kind).unsign_object(text)
    except signing.BadSignature:
        raise InvalidCursor from None
    return list(position)


def refuse_unknown_parameters(request: Request, allowed: set[str]) -> None:
    """Raises InvalidParameter for a query parameter that is not in `allowed`, or is repeated."""
    for name, values in request.query_params.lists():
        if name not in allowed or len(values) > 1:
            raise InvalidParameter(f"{name} is not known or given twice.", parameter=name)
        if "\x00" in values[0]:
            raise InvalidParameter(f"{name} holds a NUL.", parameter=name)


def list_response(
    request: Request,
    *,
    rows: Sequence[Any],
    limit: int,
    kind: str,
    position: Callable[[Any], list[Any]],
    render: Callable[[Any], dict[str, Any]],
) -> Response:
    """The list object. `rows` holds one more than `limit` when there are more."""
    page, has_more = rows[:limit], len(rows) > limit
    body: dict[str, Any] = {
        "object": "list",
        "data": [render(row) for row in page],
        "has_more": has_more,
        "next_cursor": None,
    }
    response = Response(body)
    if has_more:
        body["next_cursor"], response["Link"] = next_page(request, kind, position(page[-1]))
    return response


def list_content(
    request: Request, *, items: bytes, kind: str, last: list[Any] | None
) -> tuple[bytes, str | None]:
    """The list object in bytes and its `Link`, around items that are JSON already.

    `items` are separated by commas; `last` is the position of the last one when there are more.
    """
    cursor, link = next_page(request, kind, last) if last is not None else (None, None)
    content = b'{"object":"list","data":[%b],"has_more":%b,"next_cursor":%b}' % (
        items,
        orjson.dumps(cursor is not None),
        orjson.dumps(cursor),
    )
    return content, link


def next_page(request: Request, kind: str, position: list[Any]) -> tuple[str, str]:
    """The cursor of the page behind `position`, and the `Link` that leads there."""
    cursor = _signer(kind).sign_object(position)
    query = {**request.query_params.dict(), "cursor": cursor}
    return cursor, f'<{request.path}?{urlencode(query)}>; rel="next"'
