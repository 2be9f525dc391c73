from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.errors import NoDeletionScheduled
from tenants.events import TenantDeletionCancelled
from tenants.models import Tenant
from tenants.states import DeletionState, TenantStatus


@owns_transaction
def cancel_deletion(*, tenant_id: UUID, why: str, now: datetime) -> Tenant:
    """Keep a shop that was to be deleted: it is active, suspended or archived as it was before.

    Raises TenantNotFound (also when it is gone already), NoDeletionScheduled.
    """
    with use_schema(PUBLIC):
        tenant = selectors.tenant_for_update(tenant_id=tenant_id)
        deletion = selectors.deletion_for_update(tenant_id=tenant_id)
        if deletion is None or deletion.state != DeletionState.SCHEDULED:
            raise NoDeletionScheduled(tenant=tenant.public_id)
        tenant.move_to(TenantStatus(deletion.status_before), now=now)
        deletion.move_to(DeletionState.CANCELLED, now=now)
        emit(TenantDeletionCancelled(tenant_id=str(tenant.pk), slug=tenant.slug), now=now)
        record(
            action="tenants.tenant_deletion_cancelled",
            target=Target("tenant", tenant.public_id),
            before={"status": TenantStatus.DELETING},
            after={"status": tenant.status},
            why=why,
            now=now,
        )
    return tenant
