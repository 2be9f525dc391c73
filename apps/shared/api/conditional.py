"""Strong ETags over the bytes of an answer, and 304 for those who have them."""

import hashlib

from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared.api.renderers import JSONRenderer


def revalidated(request: Request, response: Response) -> HttpResponse:
    """The answer with its ETag, or 304 when `If-None-Match` holds it (RFC 9110, 13.1.2).

    Caches may keep it and must ask again before they use it.
    """
    content = JSONRenderer().render(response.data)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if _holds(request.headers.get("If-None-Match", ""), etag):
        answer = HttpResponse(status=304)
        del answer["Content-Type"]
    else:
        answer = HttpResponse(content, content_type="application/json")
        if "Link" in response:
            answer["Link"] = response["Link"]
    answer["ETag"] = etag
    answer["Cache-Control"] = "no-cache"
    return answer


def _holds(if_none_match: str, etag: str) -> bool:
    given = [one.removeprefix("W/") for one in parse_etags(if_none_match)]
    return etag in given or given == ["*"]
