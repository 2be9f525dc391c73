from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class TenantRequested(Event):
    """A shop was asked for; it is to be made."""

    name = "tenants.tenant.requested"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class TenantCreated(Event):
    """A shop was made and is ready."""

    name = "tenants.tenant.created"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str
