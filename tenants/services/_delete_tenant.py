import logging
from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.ids import public_id
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from apps.shared.storage import remove_files_of
from tenants import selectors
from tenants.events import TenantDeleted
from tenants.models import TenantDeletion
from tenants.services._drop_shop import drop_shop
from tenants.states import DeletionState

logger = logging.getLogger(__name__)


@outside_transaction
def delete_tenant(*, tenant_id: UUID, now: datetime) -> bool:
    """Delete a shop whose waiting time is over: schema, rows in `public`, then its files.

    The account of it (`TenantDeletion`), the audit and the platform's events stay. Killed half way,
    the next call goes on. False, and nothing is deleted, while the shop is to be kept or still
    waits. Raises OperationalError when somebody has worked in the schema for 5 s: try again.
    """
    deletion = _drop(tenant_id, now)
    if deletion is None:
        return False
    remove_files_of(deletion.schema_name)
    _conclude(tenant_id, now)
    logger.info("tenant.deleted", extra={"tenant_id": public_id("ten", tenant_id)})
    return True


@owns_transaction
def _drop(tenant_id: UUID, now: datetime) -> TenantDeletion | None:
    """What is to be concluded, once the schema is gone."""
    with use_schema(PUBLIC):
        deletion = selectors.deletion_for_update(tenant_id=tenant_id)
        if deletion is None or deletion.state == DeletionState.DONE:
            return None
        if deletion.state == DeletionState.SCHEDULED:
            if deletion.due_at > now:
                return None
            emit(TenantDeleted(tenant_id=str(tenant_id), slug=deletion.slug), now=now)
            drop_shop(schema_name=deletion.schema_name)
            deletion.move_to(DeletionState.DROPPED, now=now)
            record(
                action="tenants.tenant_deleted",
                target=Target("tenant", public_id("ten", tenant_id)),
                before={"slug": deletion.slug, "schema_name": deletion.schema_name},
                now=now,
            )
        return deletion


@owns_transaction
def _conclude(tenant_id: UUID, now: datetime) -> None:
    with use_schema(PUBLIC):
        deletion = selectors.deletion_for_update(tenant_id=tenant_id)
        if deletion is not None and deletion.state == DeletionState.DROPPED:
            deletion.move_to(DeletionState.DONE, now=now)
