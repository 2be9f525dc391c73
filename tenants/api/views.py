"""Shops, for those who run the platform by program."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared import clock
from apps.shared.api.openapi import CURSOR, LIMIT, list_of, operation, parameter
from apps.shared.api.pagination import (
    InvalidCursor,
    InvalidParameter,
    list_response,
    read_cursor,
    read_limit,
    refuse_unknown_parameters,
)
from apps.shared.errors import DomainError
from apps.shared.idempotency.keyed_request import Policy
from apps.shared.money import UnknownCurrency
from apps.shared.states import InvalidTransition
from tenants import directory, services
from tenants.api.answers import STATUSES, TenantAnswer, tenant_json
from tenants.api.inputs import NewTenantInput, RenameInput, WhyInput
from tenants.authentication import KeyView
from tenants.dto import NewTenant
from tenants.errors import (
    DeletionScheduled,
    InvalidTenantName,
    NoDeletionScheduled,
    ProvisioningUnfinished,
    ScopeMissing,
    TenantExists,
    TenantNotFound,
    TooManyPlatformRequests,
)
from tenants.states import Scope

F = TypeVar("F", bound=Callable[..., Any])
_TAG = "Tenants"
_KIND = "tenants:-id"
_ANY = [ScopeMissing, TooManyPlatformRequests]
_OF_ONE = [TenantNotFound, *_ANY]
_UNSETTLED = [ProvisioningUnfinished, DeletionScheduled]


def _shown(tenant_id: UUID, *, status: int = 200) -> Response:
    return Response(tenant_json(directory.tenant_detail(tenant_id=tenant_id)), status=status)


class Tenants(KeyView):
    idempotency = {"POST": Policy.REQUIRED}
    scopes = {"GET": Scope.READ, "POST": Scope.WRITE}

    @operation(
        "create_tenant",
        "Make a shop",
        tag=_TAG,
        request=NewTenantInput,
        answers={202: TenantAnswer},
        refusals=[InvalidTenantName, UnknownCurrency, TenantExists, *_ANY],
    )
    def post(self, request: Request) -> Response:
        """The name is taken at once; the shop is made by a worker, usually within a second. Ask
        `Location` until its status is `active`. Its owner is sent a link to set a password."""
        asked = NewTenant(**NewTenantInput.valid(request.data))
        tenant = services.request_tenant(asked=asked, now=clock.now())
        response = _shown(tenant.pk, status=202)
        response["Location"] = f"/api/v1/tenants/{tenant.public_id}"
        return response

    @operation(
        "list_tenants",
        "Shops, the newest first",
        tag=_TAG,
        answers={200: list_of(TenantAnswer)},
        query=[parameter("status", "Only those of this status.", enum=STATUSES), LIMIT, CURSOR],
        refusals=[InvalidCursor, *_ANY],
    )
    def get(self, request: Request) -> Response:
        """Those that could not be made, and those that are gone, are listed as well."""
        refuse_unknown_parameters(request, {"status", "limit", "cursor"})
        status = request.query_params.get("status")
        if status is not None and status not in STATUSES:
            raise InvalidParameter("There is no such status.", parameter="status")
        limit, kind = read_limit(request), f"{_KIND}:{status}"
        cursor = read_cursor(request, kind)
        rows = directory.tenant_page(
            status=status, after=UUID(hex=cursor[0]) if cursor else None, limit=limit + 1
        )
        return list_response(
            request,
            rows=rows,
            limit=limit,
            kind=kind,
            position=lambda shop: [shop.id.hex],
            render=tenant_json,
        )


class OneTenant(KeyView):
    scopes = {"GET": Scope.READ, "DELETE": Scope.DELETE}

    @operation("get_tenant", "A shop", tag=_TAG, answers={200: TenantAnswer}, refusals=_OF_ONE)
    def get(self, request: Request, tenant_id: UUID) -> Response:
        """Also one that could not be made, or is gone."""
        return _shown(tenant_id)

    @operation(
        "delete_tenant",
        "Have a shop deleted",
        tag=_TAG,
        answers={202: TenantAnswer},
        refusals=[*_OF_ONE, *_UNSETTLED],
    )
    def delete(self, request: Request, tenant_id: UUID) -> Response:
        """Its host answers 404 at once. All that it holds is deleted at `deletes_at`; until then
        `restore` makes it what it was."""
        services.schedule_deletion(tenant_id=tenant_id, why="", now=clock.now())
        return _shown(tenant_id, status=202)


class _Step(KeyView):
    """One step in a shop's life."""

    scopes = {"POST": Scope.WRITE}

    def take(self, service: Any, request: Request, tenant_id: UUID) -> Response:
        service(tenant_id=tenant_id, **self._asked(request), now=clock.now())
        return _shown(tenant_id)

    def _asked(self, request: Request) -> dict[str, Any]:
        return WhyInput.valid(request.data)


def _step(
    name: str, summary: str, *, request: Any = WhyInput, refusals: Sequence[type[DomainError]]
) -> Callable[[F], F]:
    return operation(
        name,
        summary,
        tag=_TAG,
        request=request,
        answers={200: TenantAnswer},
        refusals=[*_OF_ONE, *refusals],
    )


class SuspendTenant(_Step):
    @_step("suspend_tenant", "Suspend a shop", refusals=[InvalidTransition, *_UNSETTLED])
    def post(self, request: Request, tenant_id: UUID) -> Response:
        """Its host answers 403 `tenant_suspended`; its data stays."""
        return self.take(services.suspend_tenant, request, tenant_id)


class ResumeTenant(_Step):
    @_step("resume_tenant", "Resume a shop", refusals=[InvalidTransition, *_UNSETTLED])
    def post(self, request: Request, tenant_id: UUID) -> Response:
        """A suspended or archived one answers again."""
        return self.take(services.resume_tenant, request, tenant_id)


class ArchiveTenant(_Step):
    @_step("archive_tenant", "Archive a shop", refusals=[InvalidTransition, *_UNSETTLED])
    def post(self, request: Request, tenant_id: UUID) -> Response:
        """Its host answers 404; its data stays."""
        return self.take(services.archive_tenant, request, tenant_id)


class RenameTenant(_Step):
    @_step(
        "rename_tenant",
        "Rename a shop",
        request=RenameInput,
        refusals=[InvalidTenantName, TenantExists, *_UNSETTLED],
    )
    def post(self, request: Request, tenant_id: UUID) -> Response:
        """It answers on the new name's host. The old one answers too, unless `keep_old_host` is
        false: then 404."""
        return self.take(services.rename_tenant, request, tenant_id)

    def _asked(self, request: Request) -> dict[str, Any]:
        return RenameInput.valid(request.data)


class RestoreTenant(_Step):
    scopes = {"POST": Scope.DELETE}

    @_step("restore_tenant", "Cancel a deletion", refusals=[NoDeletionScheduled])
    def post(self, request: Request, tenant_id: UUID) -> Response:
        """The shop is what it was before, until the moment at which it is deleted."""
        return self.take(services.cancel_deletion, request, tenant_id)
