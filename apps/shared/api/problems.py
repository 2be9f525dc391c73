"""Errors as `application/problem+json` (RFC 9457), wherever in the stack they arise."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.shared import context, errors, metrics
from apps.shared.idempotency.errors import IdempotencyInFlight, IdempotencyKeyReused

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
_STATUS_OF_KIND: dict[type[errors.DomainError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.PaymentRequired: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.Rejected: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
_TITLES = {
    400: "Malformed request",
    401: "Not authenticated",
    402: "Payment required",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Request too large",
    415: "Unsupported media type",
    422: "Cannot be done",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Temporarily unavailable",
}
_RESERVED = frozenset({"type", "title", "status", "detail", "instance", "code", "request_id"})


def problem(
    status: int, code: str, detail: str, *, instance: str = "", **members: object
) -> dict[str, Any]:
    """The body of an error. `members` are shown beside the standard ones."""
    body: dict[str, Any] = {
        "type": f"urn:galleria:problem:{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": context.request_id.get(),
    }
    body.update({key: value for key, value in members.items() if key not in _RESERVED})
    return body


def problem_response(
    request: HttpRequest, status: int, code: str, detail: str, **members: object
) -> HttpResponse:
    """For middleware and Django's own error handlers, where DRF is not at work."""
    body = problem(status, code, detail, instance=request.path, **members)
    response = HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)
    if status == 503:
        response["Retry-After"] = "2"
    return response


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of a business refusal."""
    return next(status for kind, status in _STATUS_OF_KIND.items() if isinstance(error, kind))


@dataclass(frozen=True)
class _Told:
    """What a client is told of an exception."""

    status: int
    code: str
    detail: str
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def exception_handler(error: Exception, view: Mapping[str, Any]) -> Response | None:
    """DRF's hook: every exception of a view becomes a problem; unknown ones a logged 500."""
    path = view["request"].path
    set_rollback()
    if isinstance(error, errors.DomainError):
        told = _of_domain_error(error)
    elif isinstance(error, drf.APIException):
        told = _of_api_exception(error)
    else:
        told = _of_other(error, path)
    body = problem(told.status, told.code, told.detail, instance=path, **told.members)
    return Response(body, status=told.status, headers=dict(told.headers), content_type=CONTENT_TYPE)


def _of_domain_error(error: errors.DomainError) -> _Told:
    status, headers = status_of(error), {}
    if isinstance(error, IdempotencyInFlight | IdempotencyKeyReused):
        metrics.IDEMPOTENCY_CONFLICTS.labels(error.code).inc()
        logger.warning("idempotency.conflict", extra={"code": error.code})
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _Told(status, error.code, str(error), error.details, headers)


def _of_api_exception(error: drf.APIException) -> _Told:
    if isinstance(error, drf.ValidationError):
        members = {"errors": list(_pointers(error.get_full_details()))}
        return _Told(400, "invalid_request", "Some fields are not valid.", members)
    headers: dict[str, str] = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    code = error.get_codes()
    told = code if isinstance(code, str) else "error"
    return _Told(error.status_code, told, str(error.detail), headers=headers)


def _of_other(error: Exception, path: str) -> _Told:
    if isinstance(error, Http404):
        return _Told(404, "not_found", "There is nothing here.")
    if isinstance(error, RequestDataTooBig):
        return _Told(413, "body_too_large", "The request body is too large.")
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("database_unavailable", exc_info=error)
        detail, headers = "Please try again in a moment.", {"Retry-After": "2"}
        return _Told(503, "database_unavailable", detail, headers=headers)
    logger.error("unhandled_exception", exc_info=error, extra={"path": path})
    return _Told(500, "internal_error", "Something broke; we have been told.")


def _pointers(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error details as RFC 6901 pointers into the request body."""
    if isinstance(details, Mapping) and "message" in details and "code" in details:
        yield {
            "pointer": path,  # the whole body is the empty pointer: "/" is the field named ""
            "code": str(details["code"]),
            "detail": str(details["message"]),
        }
    elif isinstance(details, Mapping):
        for key, value in details.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from _pointers(value, path if key == "non_field_errors" else f"{path}/{name}")
    else:
        for index, value in enumerate(details):
            nested = isinstance(value, Mapping) and "message" not in value
            yield from _pointers(value, f"{path}/{index}" if nested else path)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if isinstance(exception, RequestDataTooBig):
        return problem_response(request, 413, "body_too_large", "The request body is too large.")
    return problem_response(request, 400, "malformed", "The request cannot be understood.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return problem_response(request, 403, "forbidden", "You may not do this.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return problem_response(request, 404, "not_found", "There is nothing here.")


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """The last route: 404 for every method, a problem also where DEBUG is on."""
    return page_not_found(request, Http404())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; Django has logged the exception."""
    return problem_response(request, 500, "internal_error", "Something broke; we have been told.")
