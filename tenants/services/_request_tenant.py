from datetime import datetime

from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants.dto import NewTenant
from tenants.events import TenantRequested
from tenants.models import Tenant
from tenants.services._add_tenant import add_tenant


@owns_transaction
def request_tenant(*, asked: NewTenant, now: datetime) -> Tenant:
    """Take the name of a new shop and have a worker make it; a shop that nobody can open yet.

    Raises InvalidTenantName, UnknownCurrency, TenantExists.
    """
    with use_schema(PUBLIC):
        tenant = add_tenant(asked=asked, now=now)
        emit(TenantRequested(tenant_id=str(tenant.pk), slug=asked.slug), now=now)
    return tenant
