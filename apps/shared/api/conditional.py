"""Strong ETags over the bytes of an answer, and 304 for those who have them."""

import hashlib

from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.request import Request


def etag_of(content: bytes) -> str:
    """A strong ETag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def revalidated(
    request: Request, content: bytes, *, etag: str, link: str | None = None
) -> HttpResponse:
    """`content`, which is JSON, with its ETag, or 304 when `If-None-Match` holds that (RFC 9110,
    13.1.2). `link` is for a `Link` header.

    Caches may keep it and must ask again before they use it.
    """
    if _holds(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
        answer = HttpResponse(status=304)
        del answer["Content-Type"]
    else:
        answer = HttpResponse(content, content_type="application/json")
        if link is not None:
            answer["Link"] = link
    answer["ETag"] = etag
    answer["Cache-Control"] = "no-cache"
    return answer


def _holds(if_none_match: str, etag: str) -> bool:
    if not if_none_match:
        return False
    given = [one.removeprefix("W/") for one in parse_etags(if_none_match)]
    return etag in given or given == ["*"]
