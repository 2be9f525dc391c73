"""How drf-spectacular reads our views: common headers and problems are added to what they say."""

import inspect
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter

from apps.shared.api.codes import PLATFORM_CODES, meaning_of
from apps.shared.api.openapi import Described
from apps.shared.api.pagination import InvalidParameter
from apps.shared.api.problems import status_of
from apps.shared.api.schema_problems import Problem, problem_answer
from apps.shared.errors import DomainError
from apps.shared.idempotency.errors import (
    IdempotencyInFlight,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from apps.shared.idempotency.keyed_request import Policy

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_UNSAFE = _WITH_BODY | {"DELETE"}
_NEED_KEY = frozenset({Policy.REQUIRED, Policy.PHASED, Policy.OWN})
_ANYWHERE = (
    "malformed",
    "tenant_suspended",
    "not_found",
    "unknown_host",
    "internal_error",
    "database_unavailable",
)
_FOR_BODIES = ("parse_error", "invalid_request", "body_too_large", "unsupported_media_type")
# What these say is the same wherever no business error adds to them: written once.
_ALIKE = frozenset({403, 413, 415, 500, 503})
_SIGNED_IN = ("not_authenticated", "invalid_token")
_UNDESCRIBED = Described(refusals=(), has_etag=False, has_query=False)


class ApiSchema(AutoSchema):
    """drf-spectacular's, with this API's conventions (REST_FRAMEWORK DEFAULT_SCHEMA_CLASS)."""

    def get_serializer_name(self, serializer: Any, direction: Direction) -> str:
        """`AddLine.Input` becomes `AddLine` (and …Request), `CartAnswer` becomes `Cart`."""
        name = type(serializer).__qualname__.rpartition("<locals>.")[2].replace(".", "")
        for suffix in ("Answer", "Output", "Input"):
            name = name.removesuffix(suffix)
        return name

    def get_description(self) -> str:  # type: ignore[override]
        """The method's own docstring; never one that a base class wrote for developers."""
        return inspect.cleandoc(self._method.__doc__ or "")

    def get_auth(self) -> list[dict[str, Any]]:
        """A view without permission classes serves those who are not signed in, too."""
        auth: list[dict[str, Any]] = super().get_auth()
        return [*auth, {}] if auth and not self.view.get_permissions() else auth

    def get_override_parameters(self) -> list[Any]:
        """The headers that requests and answers of every operation may carry."""
        found = [*super().get_override_parameters(), _X_REQUEST_ID, _REQUEST_ID]
        if self.method in _UNSAFE:
            found += _idempotency_headers(self._policy)
        if self._described.has_etag:
            found.append(_ETAG)
            if self.method == "GET":
                found.append(_IF_NONE_MATCH)
        return found

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, answer in bodies.items():
            answer["description"] = answer["description"] or HTTPStatus(int(code)).phrase
        if self._described.has_etag and self.method == "GET":
            headers = self._get_response_headers_for_code("304")
            bodies["304"] = {"description": "The ETag still fits.", "headers": headers}
        for status, meanings in sorted(self._problems().items()):
            bodies[str(status)] = self._problem_answer(status, meanings)
        return bodies

    def _problem_answer(self, status: int, meanings: dict[str, str]) -> dict[str, Any]:
        reference = self.resolve_serializer(Problem, "response").ref
        answer = problem_answer(status, meanings, reference=reference)
        if status not in _ALIKE or not meanings.keys() <= PLATFORM_CODES.keys():
            return answer
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            f"Problem{status}", ResolvedComponent.RESPONSE, answer, Problem
        )
        self.registry.register_on_missing(component)
        return dict(component.ref)

    def _problems(self) -> dict[int, dict[str, str]]:
        """Status to code to meaning."""
        found: dict[int, dict[str, str]] = {}
        for code in self._platform_codes():
            status, meaning = PLATFORM_CODES[code]
            found.setdefault(status, {})[code] = meaning
        for kind in self._refusals():
            found.setdefault(status_of(kind()), {})[kind.code] = meaning_of(kind)
        return found

    def _platform_codes(self) -> Iterator[str]:
        yield from _ANYWHERE
        if self.method in _WITH_BODY:
            yield from _FOR_BODIES
        if self.view.get_authenticators():
            yield from _SIGNED_IN if self.view.get_permissions() else _SIGNED_IN[1:]

    def _refusals(self) -> Iterator[type[DomainError]]:
        yield from self._described.refusals
        if self._described.has_query:
            yield InvalidParameter
        if self.method in _UNSAFE:
            yield IdempotencyKeyInvalid
            if self._policy in _NEED_KEY:
                yield IdempotencyKeyRequired
            if self._policy is not Policy.UNSTORED:
                yield from (IdempotencyKeyReused, IdempotencyInFlight)

    @property
    def _described(self) -> Described:
        described: Described = getattr(self._method, "described", _UNDESCRIBED)
        return described

    @property
    def _method(self) -> Any:
        return getattr(self.view, self.method.lower())

    @property
    def _policy(self) -> Policy:
        policies: dict[str, Policy] = getattr(self.view, "idempotency", {})
        return policies.get(self.method, Policy.ACCEPTED)


class PublicIds(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Ids by their prefix."""

    target_class = "apps.shared.api.fields.PublicIdField"

    def map_serializer_field(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.target.prefix}_[0-9a-f]{{32}}$"}


class Constants(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Members with one value."""

    target_class = "apps.shared.api.openapi.ConstantField"

    def map_serializer_field(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        return {"type": "string", "const": self.target.value}


def _request_header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=description
    )


def _answer_header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.HEADER,
        required=required,
        description=description,
        response=True,
    )


def _idempotency_headers(policy: Policy) -> list[OpenApiParameter]:
    if policy is Policy.UNSTORED:
        return [_request_header("Idempotency-Key", "Taken and not used: repeating does no harm.")]
    key = _request_header(
        "Idempotency-Key",
        "1 to 255 printable ASCII characters of the caller's choice. The same key with the same "
        "request is answered as the first time, for 24 hours.",
        required=policy in _NEED_KEY,
    )
    return [key, _answer_header("Idempotent-Replayed", "`true` on a stored answer.")]


_X_REQUEST_ID = _request_header(
    "X-Request-Id", "Kept as the request's id when it is 8 to 64 letters, digits, `.`, `_`, `-`."
)
_REQUEST_ID = _answer_header("Request-Id", "The request's id.", required=True)
_IF_NONE_MATCH = _request_header("If-None-Match", "ETags that the caller has; 304 if one fits.")
_ETAG = _answer_header("ETag", "Strong.", required=True)
