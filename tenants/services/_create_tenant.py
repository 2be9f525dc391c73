from datetime import datetime

from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.dto import NewTenant
from tenants.models import Tenant
from tenants.services._add_tenant import add_tenant
from tenants.services._fail_provisioning import fail_provisioning
from tenants.services._provision_tenant import provision_tenant


@outside_transaction
def create_tenant(
    *,
    slug: str,
    name: str,
    currency: str,
    country: str,
    owner_email: str,
    owner_password: str | None,
    now: datetime,
) -> Tenant:
    """Make a usable shop while the caller waits (TEN-003).

    What fails is taken back whole; killed half way, `resume_provisioning` goes on. Without
    `owner_password` the owner is sent a link to set one.

    Raises InvalidTenantName, UnknownCurrency, TenantExists, and whatever else a step met.
    """
    asked = NewTenant(
        slug=slug,
        name=name,
        currency=currency,
        country=country,
        owner_email=owner_email,
        owner_password=owner_password,
    )
    tenant = _take_name(asked, now)
    try:
        provision_tenant(tenant_id=tenant.pk, now=now)
    except Exception as error:
        if fail_provisioning(tenant_id=tenant.pk, reason=repr(error), now=now):
            raise
    with use_schema(PUBLIC):
        tenant.refresh_from_db()
    return tenant


@owns_transaction
def _take_name(asked: NewTenant, now: datetime) -> Tenant:
    with use_schema(PUBLIC):
        return add_tenant(asked=asked, now=now)
