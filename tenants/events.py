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


@dataclass(frozen=True, kw_only=True)
class TenantSuspended(Event):
    """A shop was closed for the time being; its host answers 403."""

    name = "tenants.tenant.suspended"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class TenantResumed(Event):
    """A suspended or archived shop answers again."""

    name = "tenants.tenant.resumed"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class TenantArchived(Event):
    """A shop was put away; its host answers 404, its data stays."""

    name = "tenants.tenant.archived"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class TenantRenamed(Event):
    """A shop has another short name, and another host by it."""

    name = "tenants.tenant.renamed"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str
    former_slug: str


@dataclass(frozen=True, kw_only=True)
class TenantDeletionScheduled(Event):
    """A shop is closed and will be gone at `due_at` (RFC 3339)."""

    name = "tenants.tenant.deletion_scheduled"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str
    due_at: str


@dataclass(frozen=True, kw_only=True)
class TenantDeletionCancelled(Event):
    """A shop that was to be deleted is not, and is what it was before."""

    name = "tenants.tenant.deletion_cancelled"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class TenantDeleted(Event):
    """A shop is gone, with all that it held."""

    name = "tenants.tenant.deleted"
    aggregate_field = "tenant_id"

    tenant_id: str
    slug: str


@dataclass(frozen=True, kw_only=True)
class MigrationRetried(Event):
    """Somebody asked for a shop that lags to be brought up to date once more."""

    name = "tenants.migration.retried"
    aggregate_field = "tenant_id"

    tenant_id: str
    schema_name: str
