"""The outermost layer: a request id for everything, and problem+json for what nobody caught."""

import logging
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.shared.api.addresses import client_address
from apps.shared.context import acting
from apps.shared.ids import new_id, public_id

logger = logging.getLogger(__name__)
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestContextMiddleware:
    """Gives each request an id (a sane `X-Request-Id` is kept) and puts it on the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _SANE_REQUEST_ID.fullmatch(given) else public_id("req", new_id())
        where = client_address(request.META)
        with acting(request=request_id, as_actor="anonymous", where=where):
            response = self.get_response(request)
        response["Request-Id"] = request_id
        return response
