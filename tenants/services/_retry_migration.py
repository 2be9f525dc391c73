from datetime import datetime
from uuid import UUID

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.events import MigrationRetried
from tenants.states import MigrationState
from tenants.versions import serves


@owns_transaction
def retry_migration(*, tenant_id: UUID, now: datetime) -> bool:
    """Have a worker bring a shop that lags up to date, on record; it runs the worker's version.

    False, and nothing is written, when the shop is up to date. A run that is at the shop already
    is not disturbed. Raises TenantNotFound.
    """
    with use_schema(PUBLIC):
        row = selectors.migration_for_update(tenant_id=tenant_id)
        if serves(row.tenant.fingerprint):
            return False
        before = row.state
        if before != MigrationState.WAITING:
            row.move_to(MigrationState.WAITING, now=now)
        tenant = row.tenant
        emit(MigrationRetried(tenant_id=str(tenant.pk), schema_name=tenant.schema_name), now=now)
        record(
            action="tenants.migration_retried",
            target=Target("tenant", tenant.public_id),
            before={"state": before, "step": row.step},
            after={"state": MigrationState.WAITING},
            now=now,
        )
    return True
