from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.errors import DeletionScheduled, ProvisioningUnfinished
from tenants.events import TenantDeletionScheduled
from tenants.models import TenantDeletion
from tenants.states import TenantStatus

# Whatever was under way in the shop when it was closed has ended long before.
SHORTEST_WAIT = timedelta(hours=1)
_WAIT = timedelta(days=settings.TENANT_DELETION_DAYS)


@owns_transaction
def schedule_deletion(
    *, tenant_id: UUID, wait: timedelta | None = None, why: str, now: datetime
) -> TenantDeletion:
    """Close a shop for good: its host answers 404 at once, and after `wait` (an hour at least; by
    itself TENANT_DELETION_DAYS) all that it holds is deleted. Until then `cancel_deletion` makes it
    what it was.

    Raises TenantNotFound, ProvisioningUnfinished, DeletionScheduled.
    """
    with use_schema(PUBLIC):
        tenant = selectors.tenant_for_update(tenant_id=tenant_id)
        if tenant.status == TenantStatus.PROVISIONING:
            raise ProvisioningUnfinished(tenant=tenant.public_id)
        if tenant.status == TenantStatus.DELETING:
            raise DeletionScheduled(tenant=tenant.public_id)
        deletion = TenantDeletion.objects.create(
            tenant_id=tenant.pk,
            slug=tenant.slug,
            schema_name=tenant.schema_name,
            status_before=tenant.status,
            requested_at=now,
            due_at=now + max(_WAIT if wait is None else wait, SHORTEST_WAIT),
        )
        tenant.move_to(TenantStatus.DELETING, now=now)
        due_at = deletion.due_at.isoformat()
        emit(
            TenantDeletionScheduled(tenant_id=str(tenant.pk), slug=tenant.slug, due_at=due_at),
            now=now,
        )
        record(
            action="tenants.tenant_deletion_scheduled",
            target=Target("tenant", tenant.public_id),
            before={"status": deletion.status_before},
            after={"status": tenant.status, "due_at": due_at},
            why=why,
            now=now,
        )
    return deletion
