from datetime import datetime
from uuid import UUID

from apps.shared.db import owns_transaction
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import Tenant
from tenants.services._move_tenant import move_tenant
from tenants.states import TenantStatus


@owns_transaction
def resume_tenant(*, tenant_id: UUID, why: str, now: datetime) -> Tenant:
    """Let a suspended or archived shop answer again, from the commit on; what is pending in it (a
    restored one may hold what its backup did) goes on its way.

    Raises TenantNotFound, InvalidTransition, ProvisioningUnfinished, DeletionScheduled.
    """
    with use_schema(PUBLIC):
        tenant = move_tenant(tenant_id=tenant_id, target=TenantStatus.ACTIVE, why=why, now=now)
        wake_relay(schema_name=str(tenant.schema_name), due_at=now)
        return tenant
