"""Who asks, when it is a customer: `Authorization: Bearer ctk_…`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.customers import selectors
from apps.customers.tokens import digest_of
from apps.shared import clock, context
from apps.shared.ids import public_id


@dataclass(frozen=True)
class Identity:
    """A signed-in customer, or nobody (`customer_id` None)."""

    customer_id: UUID | None = None
    email: str = ""
    token_digest: bytes = b""


class CustomerAuthentication(BaseAuthentication):
    """Sets `request.user` to an Identity, and the actor of events and logs.

    Without an Authorization header the caller is anonymous. A token that is malformed, unknown,
    expired, revoked or of a disabled account is refused, not ignored: 401 `invalid_token`.
    """

    def authenticate(self, request: Request) -> tuple[Identity, None] | None:
        given = request.headers.get("Authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        digest = digest_of(token.strip()) if scheme.lower() == "bearer" else None
        found = selectors.customer_of_token(digest=digest, now=clock.now()) if digest else None
        if digest is None or found is None:
            raise AuthenticationFailed("The bearer token is not valid.", code="invalid_token")
        context.actor.set(f"customer:{public_id('cus', found[0])}")
        return Identity(found[0], found[1], digest), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsCustomer(BasePermission):
    """Lets signed-in customers pass; others are answered 401."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return customer_of(request).customer_id is not None


def customer_of(request: Request) -> Identity:
    """The caller of a view that uses CustomerAuthentication."""
    user: object = request.user
    return user if isinstance(user, Identity) else Identity()


def signed_in_customer(request: Request) -> UUID:
    """The caller's id, in a view that IsCustomer guards."""
    customer_id = customer_of(request).customer_id
    assert customer_id is not None  # noqa: S101 - the permission has let the request in
    return customer_id


class CustomerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = "apps.customers.authentication.CustomerAuthentication"
    name = "customerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `ctk_…` token that `POST /api/v1/customers/login` answers.",
        }
