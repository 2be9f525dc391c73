import logging
from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.ids import public_id
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.services._drop_shop import drop_shop
from tenants.states import UNFINISHED, ProvisioningState

logger = logging.getLogger(__name__)
_LONGEST_REASON = 500


@owns_transaction
def fail_provisioning(*, tenant_id: UUID, reason: str, now: datetime) -> bool:
    """Give up a shop that cannot be made: nothing of it stays, and its name is free again.

    False, and nothing is written, when it is ready or was given up before. Raises TenantNotFound.
    """
    with use_schema(PUBLIC):
        row = selectors.provisioning_for_update(tenant_id=tenant_id)
        if row.state not in UNFINISHED:
            return False
        drop_shop(schema_name=row.schema_name)
        row.move_to(ProvisioningState.FAILED, now=now)
        told = Target("tenant", public_id("ten", tenant_id))
        record(
            action="tenants.tenant_provisioning_failed",
            target=told,
            after={"slug": row.slug},
            why=reason[:_LONGEST_REASON],
            now=now,
        )
    logger.error("tenant.provisioning_failed", extra={"tenant_id": told.id, "reason": reason})
    return True
