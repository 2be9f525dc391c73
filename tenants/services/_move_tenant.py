from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import joins_transaction
from apps.shared.events import Event
from apps.shared.outbox.emit import emit
from tenants import selectors
from tenants.errors import DeletionScheduled, ProvisioningUnfinished
from tenants.events import TenantArchived, TenantResumed, TenantSuspended
from tenants.models import Tenant
from tenants.states import TenantStatus

_EVENTS: Mapping[TenantStatus, type[TenantArchived | TenantResumed | TenantSuspended]] = {
    TenantStatus.ACTIVE: TenantResumed,
    TenantStatus.ARCHIVED: TenantArchived,
    TenantStatus.SUSPENDED: TenantSuspended,
}


@joins_transaction
def move_tenant(*, tenant_id: UUID, target: TenantStatus, why: str, now: datetime) -> Tenant:
    """Suspend, resume or archive a shop, on record. The caller works in `public`.

    Raises TenantNotFound, InvalidTransition, ProvisioningUnfinished, DeletionScheduled.
    """
    tenant = selectors.tenant_for_update(tenant_id=tenant_id)
    if tenant.status == TenantStatus.PROVISIONING:
        raise ProvisioningUnfinished(tenant=tenant.public_id)
    if tenant.status == TenantStatus.DELETING:
        raise DeletionScheduled(tenant=tenant.public_id)
    before = tenant.status
    tenant.move_to(target, now=now)
    kind = _EVENTS[target]
    event: Event = kind(tenant_id=str(tenant.pk), slug=tenant.slug)
    emit(event, now=now)
    record(
        action=f"tenants.tenant_{event.name.rpartition('.')[2]}",
        target=Target("tenant", tenant.public_id),
        before={"status": before},
        after={"status": target},
        why=why,
        now=now,
    )
    return tenant
