from uuid import UUID

from apps.shared import clock
from apps.shared.events import subscribe
from tenants import services
from tenants.events import TenantRequested


@subscribe(TenantRequested, outside=True)
def provision_requested_tenant(event: TenantRequested, *, key: str) -> None:
    services.provision_tenant(tenant_id=UUID(event.tenant_id), now=clock.now())
