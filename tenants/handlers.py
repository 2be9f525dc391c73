from uuid import UUID

from apps.shared import clock
from apps.shared.events import subscribe
from tenants import services
from tenants.events import MigrationRetried, TenantRequested


@subscribe(TenantRequested, outside=True)
def provision_requested_tenant(event: TenantRequested, *, key: str) -> None:
    services.provision_tenant(tenant_id=UUID(event.tenant_id), now=clock.now())


@subscribe(MigrationRetried, queue="bulk", outside=True)
def migrate_lagging_shop(event: MigrationRetried, *, key: str) -> None:
    """How it went is on the shop's record, as for a run by command."""
    services.migrate_fleet(schemas=[event.schema_name], workers=1)
