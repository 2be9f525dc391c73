"""Who asks the platform's API: a key with scopes, as `Authorization: Bearer skp_…`."""

from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.shared import caching, clock, context
from apps.shared.api.addresses import client_address
from apps.shared.api.views import ApiView
from tenants import services
from tenants.dto import KeyHolder
from tenants.errors import ScopeMissing, TooManyPlatformRequests
from tenants.states import Scope

_WRONG_A_MINUTE = 30
CALLS_A_MINUTE = 300


class PlatformKeyAuthentication(BaseAuthentication):
    """Sets `request.user` to a KeyHolder, and the actor of audit, events and logs.

    Keys are counted: 300 calls of one in a minute, 30 with wrong ones from one address.
    """

    def authenticate(self, request: Request) -> tuple[KeyHolder, None] | None:
        given = request.headers.get("Authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        is_bearer = scheme.lower() == "bearer"
        holder = services.use_platform_key(token=token.strip(), now=clock.now())
        if holder is None or not is_bearer:
            _count(f"wrong:{client_address(request.META)}", most=_WRONG_A_MINUTE)
            raise AuthenticationFailed("The bearer token is not valid.", code="invalid_token")
        _count(f"calls:{holder.key_id}", most=CALLS_A_MINUTE)
        context.actor.set(holder.actor)
        return holder, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _count(what: str, *, most: int) -> None:
    """Raises TooManyPlatformRequests."""
    if caching.count(f"platform_keys:{what}", seconds=60) > most:
        raise TooManyPlatformRequests


class HasScope(BasePermission):
    """Lets keys pass that hold the scope which the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        holder: object = request.user
        if not isinstance(holder, KeyHolder):
            return False
        scopes: dict[str, Scope] = view.scopes
        wanted = scopes[str(request.method)]
        if wanted not in holder.scopes:
            raise ScopeMissing(scope=str(wanted))
        return True


class KeyView(ApiView):
    """A view for those who hold a key; `scopes` names the scope that each method needs."""

    authentication_classes = [PlatformKeyAuthentication]
    permission_classes = [HasScope]
    scopes: ClassVar[dict[str, Scope]]


class PlatformKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = "tenants.authentication.PlatformKeyAuthentication"
    name = "platformKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An `skp_…` key, made in the platform's admin or by "
            "`manage.py platform_keys create`, with the scopes that it needs.",
        }
