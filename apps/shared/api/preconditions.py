"""`If-Match` on objects whose ETag is their version number (RFC 9110, section 13.1.1)."""

import re

from rest_framework.request import Request

from apps.shared.errors import Malformed

_ETAG = re.compile(r'"(\d{1,9})"')


class InvalidIfMatch(Malformed):
    """If-Match holds one ETag as this API gave it, or *."""

    code = "invalid_if_match"


def version_etag(version: int) -> str:
    """The strong ETag of an object at a version."""
    return f'"{version}"'


def if_match_version(request: Request) -> int | None:
    """The version that the caller has seen; None without `If-Match` or with `*`.

    Raises InvalidIfMatch.
    """
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise InvalidIfMatch
    return int(match[1])
