"""Errors as `application/problem+json` (RFC 9457), wherever in the stack they arise."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.shared import context, errors

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


def exception_handler(error: Exception, view: Mapping[str, Any]) -> Response | None:
    """DRF's hook: every exception of a view becomes a problem; unknown ones a logged 500."""
    request = view["request"]
    set_rollback()
    headers: dict[str, str] = {}
    members: dict[str, object] = {}
    if isinstance(error, errors.DomainError):
        status, code, detail, headers = _of_domain_error(error)
        members = dict(error.details)
    elif isinstance(error, drf.ValidationError):
        status, code, detail = 400, "invalid_request", "Some fields are not valid."
        members = {"errors": list(_pointers(error.get_full_details()))}
    elif isinstance(error, drf.APIException):
        status, code, detail, headers = _of_api_exception(error)
    elif isinstance(error, Http404):
        status, code, detail = 404, "not_found", "There is nothing here."
    elif isinstance(error, RequestDataTooBig):
        status, code, detail = 413, "body_too_large", "The request body is too large."
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("database_unavailable", exc_info=error)
        status, code, detail = 503, "database_unavailable", "Please try again in a moment."
        headers["Retry-After"] = "2"
    else:
        logger.error("unhandled_exception", exc_info=error, extra={"path": request.path})
        status, code, detail = 500, "internal_error", "Something broke; we have been told."
    body = problem(status, code, detail, instance=request.path, **members)
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def _of_domain_error(error: errors.DomainError) -> tuple[int, str, str, dict[str, str]]:
    headers: dict[str, str] = {}
    status = status_of(error)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return status, error.code, str(error), headers


def _of_api_exception(error: drf.APIException) -> tuple[int, str, str, dict[str, str]]:
    headers: dict[str, str] = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    code = error.get_codes()
    return error.status_code, code if isinstance(code, str) else "error", str(error.detail), headers


def _pointers(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error details as RFC 6901 pointers into the request body."""
    if isinstance(details, Mapping) and "message" in details and "code" in details:
        yield {
            "pointer": path or "/",
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


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; Django has logged the exception."""
    return problem_response(request, 500, "internal_error", "Something broke; we have been told.")
