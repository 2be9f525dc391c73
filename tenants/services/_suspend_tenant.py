from datetime import datetime
from uuid import UUID

from apps.shared.db import owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import Tenant
from tenants.services._move_tenant import move_tenant
from tenants.states import TenantStatus


@owns_transaction
def suspend_tenant(*, tenant_id: UUID, why: str, now: datetime) -> Tenant:
    """Close a shop for the time being: every route of its host answers 403 `tenant_suspended`.

    Its data stays, beat and workers leave it alone. Requests that are under way end as they began.

    Raises TenantNotFound, InvalidTransition, ProvisioningUnfinished, DeletionScheduled.
    """
    with use_schema(PUBLIC):
        return move_tenant(tenant_id=tenant_id, target=TenantStatus.SUSPENDED, why=why, now=now)
