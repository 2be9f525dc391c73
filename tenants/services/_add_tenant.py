from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from apps.shared.audit.record import Target, record
from apps.shared.db import joins_transaction
from apps.shared.money import exponent
from tenants import selectors
from tenants.dto import NewTenant
from tenants.errors import TenantExists
from tenants.models import Domain, Provisioning, Tenant
from tenants.names import checked_slug, domain_of


@joins_transaction
def add_tenant(*, asked: NewTenant, now: datetime) -> Tenant:
    """Take the name: the rows of a shop in `public`, which nobody can open yet.

    Of two who want one name at the same moment the second waits for the first one's commit and is
    refused (M2). Raises InvalidTenantName, UnknownCurrency, TenantExists.
    """
    domain = domain_of(checked_slug(asked.slug))
    exponent(asked.currency)
    schema = selectors.free_schema(slug=asked.slug)
    try:
        with transaction.atomic():
            tenant = Tenant(slug=asked.slug, name=asked.name, schema_name=schema)
            tenant.save(force_insert=True)
            Domain.objects.create(tenant=tenant, domain=domain, is_primary=True)
    except IntegrityError:
        raise TenantExists(tenant=asked.slug) from None
    Provisioning.objects.create(
        tenant_id=tenant.pk,
        slug=asked.slug,
        schema_name=schema,
        domain=domain,
        name=asked.name,
        currency=asked.currency,
        country=asked.country,
        owner_email=asked.owner_email,
        owner_password=make_password(asked.owner_password) if asked.owner_password else "",
        requested_at=now,
        updated_at=now,
    )
    record(
        action="tenants.tenant_requested",
        target=Target("tenant", tenant.public_id),
        after={
            "slug": asked.slug,
            "name": asked.name,
            "currency": asked.currency,
            "country": asked.country,
        },
        now=now,
    )
    return tenant
