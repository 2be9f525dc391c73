from datetime import datetime
from uuid import UUID

from apps.shared.db import owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import Tenant
from tenants.services._move_tenant import move_tenant
from tenants.states import TenantStatus


@owns_transaction
def archive_tenant(*, tenant_id: UUID, why: str, now: datetime) -> Tenant:
    """Put a shop away: its host answers 404 as if there were none, its data stays.

    Raises TenantNotFound, InvalidTransition, ProvisioningUnfinished, DeletionScheduled.
    """
    with use_schema(PUBLIC):
        return move_tenant(tenant_id=tenant_id, target=TenantStatus.ARCHIVED, why=why, now=now)
