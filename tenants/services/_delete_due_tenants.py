import logging
from datetime import datetime

from apps.shared.db import outside_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.services._delete_tenant import delete_tenant

logger = logging.getLogger(__name__)


@outside_transaction
def delete_due_tenants(*, now: datetime) -> int:
    """Delete the shops whose waiting time is over, and what is left of those that were begun.

    One that cannot be deleted now holds up no other; it is tried again the next time. How many.
    """
    with use_schema(PUBLIC):
        due = selectors.deletions_due(now=now)
    deleted = 0
    for tenant_id in due:
        try:
            deleted += delete_tenant(tenant_id=tenant_id, now=now)
        except Exception:  # whatever keeps one shop must not keep the others
            logger.exception("tenant.deletion_failed", extra={"tenant_id": str(tenant_id)})
    return deleted
