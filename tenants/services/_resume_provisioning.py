import logging
from datetime import datetime, timedelta
from uuid import UUID

from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.services._fail_provisioning import fail_provisioning
from tenants.services._provision_tenant import provision_tenant
from tenants.states import UNFINISHED

logger = logging.getLogger(__name__)
# Longer than whoever makes it at this moment needs for a step.
_STALE = timedelta(seconds=30)
MOST_ATTEMPTS = 5


@outside_transaction
def resume_provisioning(*, now: datetime) -> int:
    """Go on with shops that nobody has gone on with for 30 s: their process was killed, or a step
    failed. After five attempts in vain one is given up and taken back. Returns how many were ready
    in the end.
    """
    with use_schema(PUBLIC):
        left = selectors.unfinished_tenants(before=now - _STALE)
    return sum(_resume(tenant_id, now) for tenant_id in left)


def _resume(tenant_id: UUID, now: datetime) -> bool:
    attempts = _begin_attempt(tenant_id, now)
    if attempts is None:
        return False
    try:
        provision_tenant(tenant_id=tenant_id, now=now)
    except Exception as error:
        logger.exception("tenant.provisioning_interrupted", extra={"tenant_id": str(tenant_id)})
        if attempts >= MOST_ATTEMPTS:
            fail_provisioning(tenant_id=tenant_id, reason=repr(error), now=now)
        return False
    return True


@owns_transaction
def _begin_attempt(tenant_id: UUID, now: datetime) -> int | None:
    """The number of this attempt; None when somebody else has gone on with it by now."""
    with use_schema(PUBLIC):
        row = selectors.provisioning_for_update(tenant_id=tenant_id)
        if row.updated_at > now - _STALE or row.state not in UNFINISHED:
            return None
        row.attempts += 1
        row.updated_at = now
        row.save(update_fields=["attempts", "updated_at"])
        return row.attempts
