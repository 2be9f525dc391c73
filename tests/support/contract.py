"""Every answer of the API must be what the OpenAPI document promises.

`ShopClient` calls `check` on each answer that it gets from `/api/v1/`: the status is documented,
the body is valid and holds no member that is not documented, required headers are there, and an
error is problem+json with a documented code and the request's id.
"""

import copy
import re
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator, FormatChecker

from apps.shared.api.problems import CONTENT_TYPE
from config.reference.documents import document

_FORMATS = FormatChecker(formats=())
_RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@_FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    """RFC 3339 in UTC, and a date that exists."""
    if not isinstance(value, str):
        return True
    return bool(_RFC_3339_UTC.fullmatch(value)) and bool(datetime.fromisoformat(value))


def check(method: str, path: str, response: HttpResponse) -> None:
    """Raises AssertionError with what the document says and what was answered."""
    where = f"{method} {path} → {response.status_code}"
    assert response.has_header("Request-Id"), f"{where}: no Request-Id"
    if response.status_code >= 400:
        _check_problem(where, response)
    found = _operation_of(method, path, response)
    if found is None:
        return
    operation, urlconf = found
    answer = _resolved(operation["responses"].get(str(response.status_code)), urlconf)
    if answer is None and response.status_code == 405:
        return
    assert answer is not None, f"{where}: this status is not documented; {_shown(response)}"
    for name, spec in answer.get("headers", {}).items():
        assert response.has_header(name) or not spec.get("required"), f"{where}: no {name}"
    if response.status_code >= 400:
        code = orjson.loads(response.content)["code"]
        assert code in answer["x-codes"], f"{where}: code {code} is not documented"
    _check_body(where, answer, response, urlconf, sparse="fields=" in path)


def _check_problem(where: str, response: HttpResponse) -> None:
    kind = response.headers.get("Content-Type")
    assert kind == CONTENT_TYPE, f"{where}: an error as {kind}; {_shown(response)}"
    if response.content:  # a HEAD has none
        body = orjson.loads(response.content)
        assert body["code"], f"{where}: no code"
        if not response.has_header("Idempotent-Replayed"):
            assert body["request_id"] == response["Request-Id"], f"{where}: another request's id"
        assert body["status"] == response.status_code, f"{where}: another status"


def _operation_of(
    method: str, path: str, response: HttpResponse
) -> tuple[dict[str, Any], str] | None:
    """The documented operation; None for what never reached one and for views that are no API."""
    urlconf = getattr(response.wsgi_request, "urlconf", None)  # type: ignore[attr-defined]
    if urlconf is None:
        return None
    try:
        match = resolve(path.partition("?")[0], urlconf)
    except Resolver404:
        return None
    view = getattr(match.func, "cls", None)
    handler = getattr(view, method.lower(), None)
    if view is None or handler is None or not hasattr(handler, "described"):
        return None
    route = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route)
    return document(urlconf)["paths"][route][method.lower()], urlconf


def _resolved(answer: dict[str, Any] | None, urlconf: str) -> dict[str, Any] | None:
    if answer is None or "$ref" not in answer:
        return answer
    name = answer["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document(urlconf)["components"]["responses"][name]
    return found


def _check_body(
    where: str, answer: dict[str, Any], response: HttpResponse, urlconf: str, *, sparse: bool
) -> None:
    content = answer.get("content")
    if content is None:
        assert not response.content, f"{where}: a body where none is documented"
        return
    kind = response.headers.get("Content-Type")
    assert kind in content, f"{where}: {kind} is not documented"
    if not kind.endswith("json"):
        return
    reference = content[kind]["schema"].get("$ref")
    assert reference, f"{where}: answers are documented as components"
    errors = _validator(urlconf, reference, sparse).iter_errors(orjson.loads(response.content))
    found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]
    assert not found, f"{where}: {found[:5]}; {_shown(response)}"


@cache
def _validator(urlconf: str, reference: str, sparse: bool) -> Draft202012Validator:
    components = copy.deepcopy(document(urlconf)["components"])
    _close(components["schemas"], sparse=sparse)
    schema = {"$ref": reference, "components": components}
    return Draft202012Validator(schema, format_checker=_FORMATS)


def _close(node: Any, *, sparse: bool) -> None:
    """Undocumented members fail. With `sparse` (`fields=` was asked for) none is required."""
    if isinstance(node, list):
        for one in node:
            _close(one, sparse=sparse)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
            if sparse:
                node.pop("required", None)
        for one in node.values():
            _close(one, sparse=sparse)


def _shown(response: HttpResponse) -> str:
    return response.content[:500].decode(errors="replace")
