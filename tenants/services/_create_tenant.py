import re
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.shared.db import owns_transaction
from apps.shared.money import exponent
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants.errors import InvalidTenantName, TenantExists
from tenants.events import TenantCreated
from tenants.models import Domain, Tenant
from tenants.provisioning import NewShop, seed_new_shop
from tenants.states import TenantStatus
from tenants.template import replay_template

# Not with hyphens in the third and fourth place: such host names are for encodings (RFC 5891).
_SLUG = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
RESERVED = frozenset(
    "admin api app assets billing blog cdn docs email ftp galleria health help mail media metrics "
    "ns1 ns2 platform public smtp static status support template test www".split()
)


@owns_transaction
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
    """Make a usable shop: rows in public, schema, and what it starts with.

    All of it is one transaction, so a crash leaves nothing behind, and of two creations of one
    name the second waits for the first and is refused (TEN-003).

    Raises InvalidTenantName, UnknownCurrency, TenantExists.
    """
    if not _SLUG.fullmatch(slug) or slug in RESERVED:
        raise InvalidTenantName(tenant=slug)
    exponent(currency)
    domain = f"{slug}.{settings.PLATFORM_DOMAIN}"
    with use_schema(PUBLIC):
        tenant = _insert(slug=slug, name=name, domain=domain)
        replay_template(tenant.schema_name)
        tenant.move_to(TenantStatus.ACTIVE, now=now)
        emit(TenantCreated(tenant_id=str(tenant.id), slug=slug), now=now)
    with use_schema(tenant.schema_name):
        seed_new_shop(
            NewShop(
                slug=slug,
                name=name,
                domain=domain,
                currency=currency,
                country=country,
                owner_email=owner_email,
                owner_password=owner_password,
                now=now,
            )
        )
    return tenant


def _insert(*, slug: str, name: str, domain: str) -> Tenant:
    try:
        with transaction.atomic():
            tenant = Tenant(slug=slug, name=name, schema_name=f"shop_{slug.replace('-', '_')}")
            tenant.save(force_insert=True)
            Domain.objects.create(tenant=tenant, domain=domain, is_primary=True)
    except IntegrityError:
        raise TenantExists(tenant=slug) from None
    return tenant
