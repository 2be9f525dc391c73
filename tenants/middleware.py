"""From the request's host to the tenant's schema. Anything unclear is answered, never guessed."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse

from apps.shared.api.problems import problem_response
from tenants import selectors, versions
from tenants.states import TenantStatus


class TenantMiddleware:
    """Sets schema, URL conf and `request.tenant`; answers for hosts that are no active tenant's.

    Unknown host 404, suspended 403 `tenant_suspended`, all else that is not active 404. For a shop
    whose schema lacks migrations of this code 503 `tenant_migrating`, before anything is done:
    whoever stands in front may ask another version for the same (TEN-004).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        try:
            return self._answer(request)
        finally:
            connection.set_schema_to_public()  # type: ignore[attr-defined]

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            tenant = selectors.tenant_of_host(host=request.get_host())
        except DisallowedHost:
            tenant = None
        except (DatabaseError, InterfaceError):
            return problem_response(
                request, 503, "database_unavailable", "Please try again in a moment."
            )
        if tenant is not None and tenant.status == TenantStatus.SUSPENDED:
            return problem_response(request, 403, "tenant_suspended", "This shop is suspended.")
        if tenant is None or tenant.status != TenantStatus.ACTIVE:
            return problem_response(request, 404, "unknown_host", "No shop answers on this host.")
        if not versions.serves(tenant.fingerprint):
            return problem_response(
                request,
                503,
                "tenant_migrating",
                "This shop is being updated. Try again in a moment.",
            )
        request.tenant = tenant  # type: ignore[attr-defined]
        connection.set_tenant(tenant)  # type: ignore[attr-defined]
        request.urlconf = selectors.urlconf_of(tenant)
        return self.get_response(request)
