"""Reading tenants. All of it in `public`, whatever schema the caller works in."""

import itertools
import time
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.shared import clock
from apps.shared.db import read_first
from apps.shared.fast_sql import fetch_one
from apps.shared.ids import public_id
from apps.shared.schema import PUBLIC, use_schema
from tenants.errors import TenantNotFound
from tenants.models import Domain, Provisioning, ShopMigration, Tenant, TenantDeletion
from tenants.names import schema_of
from tenants.routing import remembered
from tenants.states import UNFINISHED, DeletionState, ProvisioningState, TenantStatus
from tenants.versions import serves

# Asked first of all, if it is asked: one prepared statement, whatever the connection's search path.
_TENANT_FIELDS = [field.attname for field in Tenant._meta.concrete_fields]
_TENANT_OF_HOST = f"""
    SELECT clock_timestamp(), {", ".join(f"tenant.{name}" for name in _TENANT_FIELDS)}
    FROM public.tenants_domain AS domain
    JOIN public.tenants_tenant AS tenant ON tenant.id = domain.tenant_id
    WHERE domain.domain = %s
"""  # noqa: S608 - the model's own column names


def normal_host(host: str) -> str:
    """A request's host as the domains table writes it: lower case, no port, no trailing dot."""
    name = host.lower()
    if not name.startswith("["):
        name = name.partition(":")[0]
    return name.removesuffix(".")


def tenant_of_host(*, host: str) -> Tenant | None:
    """The tenant that answers on a host (as the request gives it), or None. No statement for a host
    that was asked for just now."""
    name = normal_host(host)
    return remembered(name, lambda: _ask_for_tenant(name))


def _ask_for_tenant(name: str) -> Tenant | None:
    asked = time.monotonic()
    row = read_first(lambda: fetch_one(_TENANT_OF_HOST, (name,)))
    if row is None:
        return None
    database_time, *values = row
    clock.compare(database_time, asked=asked)
    return Tenant.from_db("default", _TENANT_FIELDS, values)


def leads_to_shop(*, url: str, schema_name: str) -> bool:
    """Whether an address is one of this shop's own domains', over HTTPS (or on this machine)."""
    if not url.isprintable() or "\\" in url or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and normal_host(host).endswith(".localhost")
    )
    if not is_safe or not host or "@" in parts.netloc:
        return False
    tenant = tenant_of_host(host=host)
    return tenant is not None and str(tenant.schema_name) == schema_name


def urlconf_of(tenant: Tenant) -> str:
    """Platform routes answer only on the platform's host, shop routes only on shops' hosts."""
    if tenant.schema_name == PUBLIC:
        return str(settings.PUBLIC_SCHEMA_URLCONF)
    return str(settings.ROOT_URLCONF)


def tenant_by_slug(*, slug: str) -> Tenant:
    """Raises TenantNotFound."""
    with use_schema(PUBLIC):
        try:
            return Tenant.objects.exclude(schema_name=PUBLIC).get(slug=slug)
        except Tenant.DoesNotExist:
            raise TenantNotFound(f"There is no shop “{slug}”.", tenant=slug) from None


def active_schemas() -> list[str]:
    """The schemas of all active shops, for work that fans out; not those that lag."""
    with use_schema(PUBLIC):
        active = Tenant.objects.filter(status=TenantStatus.ACTIVE).exclude(schema_name=PUBLIC)
        found = active.order_by("schema_name").values_list("schema_name", "fingerprint")
        return [schema for schema, fingerprint in found if serves(fingerprint)]


def active_among(schemas: Sequence[str]) -> set[str]:
    """Those of the schemas that are active shops' at this moment and do not lag. One statement."""
    with use_schema(PUBLIC):
        active = Tenant.objects.filter(status=TenantStatus.ACTIVE).exclude(schema_name=PUBLIC)
        found = active.filter(schema_name__in=schemas).values_list("schema_name", "fingerprint")
        return {schema for schema, fingerprint in found if serves(fingerprint)}


def shop_schemas() -> list[str]:
    """The schemas of all shops, suspended and archived ones too: their data is migrated as well.

    A shop that was only asked for has none yet.
    """
    with use_schema(PUBLIC):
        unmade = Provisioning.objects.filter(state=ProvisioningState.REQUESTED)
        shops = Tenant.objects.exclude(schema_name=PUBLIC).exclude(
            pk__in=unmade.values("tenant_id")
        )
        return list(shops.order_by("schema_name").values_list("schema_name", flat=True))


def primary_domain(tenant: Tenant) -> str:
    """The host under which a shop presents itself."""
    with use_schema(PUBLIC):
        return str(Domain.objects.get(tenant=tenant, is_primary=True).domain)


def current_host() -> str:
    """The primary domain of the schema that the code works in."""
    from django.db import connection

    name = connection.schema_name  # type: ignore[attr-defined]
    with use_schema(PUBLIC):
        return str(Domain.objects.get(tenant__schema_name=name, is_primary=True).domain)


def current_address() -> str:
    """Where people open the shop that the code works in, such as `https://shop.example`.

    Over HTTPS, but on a developer's machine, where there is none.
    """
    host = current_host()
    if host.endswith(".localhost"):
        return f"http://{host}:{settings.HTTP_PORT}"
    return f"https://{host}"


def tenant_for_update(*, tenant_id: UUID) -> Tenant:
    """A shop, its row locked. The caller works in `public`. Raises TenantNotFound."""
    shops = Tenant.objects.exclude(schema_name=PUBLIC).select_for_update()
    found = shops.filter(pk=tenant_id).first()
    if found is None:
        raise TenantNotFound(tenant=public_id("ten", tenant_id))
    return found


def migration_for_update(*, tenant_id: UUID) -> ShopMigration:
    """How a shop's migration stands, row locked. The caller works in `public`. Raises
    TenantNotFound for a shop that never lagged."""
    rows = ShopMigration.objects.select_related("tenant").select_for_update(of=["self"])
    found = rows.filter(tenant_id=tenant_id).first()
    if found is None:
        raise TenantNotFound(tenant=public_id("ten", tenant_id))
    return found


def provisioning_for_update(*, tenant_id: UUID) -> Provisioning:
    """How far a new shop is, row locked. The caller works in `public`. Raises TenantNotFound."""
    found = Provisioning.objects.select_for_update().filter(tenant_id=tenant_id).first()
    if found is None:
        raise TenantNotFound(tenant=public_id("ten", tenant_id))
    return found


def provisioning_state(*, tenant_id: UUID) -> ProvisioningState:
    """How far a new shop is; one that is older than this account of it is ready.

    The caller works in `public`. Raises TenantNotFound.
    """
    rows = Provisioning.objects.filter(tenant_id=tenant_id)
    state = rows.values_list("state", flat=True).first()
    if state is not None:
        return ProvisioningState(state)
    if not Tenant.objects.filter(pk=tenant_id).exists():
        raise TenantNotFound(tenant=public_id("ten", tenant_id))
    return ProvisioningState.READY


def deletion_for_update(*, tenant_id: UUID) -> TenantDeletion | None:
    """The deletion that a shop awaits or has behind it, row locked; cancelled ones do not count.

    The caller works in `public`.
    """
    rows = TenantDeletion.objects.select_for_update().filter(tenant_id=tenant_id)
    return rows.exclude(state=DeletionState.CANCELLED).first()


def deletions_due(*, now: datetime) -> list[UUID]:
    """Shops that are to be deleted now, or whose files are left. The caller works in `public`."""
    waiting = Q(state=DeletionState.SCHEDULED, due_at__lte=now)
    rows = TenantDeletion.objects.filter(waiting | Q(state=DeletionState.DROPPED))
    return list(rows.order_by("due_at").values_list("tenant_id", flat=True))


def unfinished_tenants(*, before: datetime) -> list[UUID]:
    """Shops that are still being made and were not touched since, the longest first."""
    rows = Provisioning.objects.filter(state__in=UNFINISHED, updated_at__lte=before)
    return list(rows.order_by("updated_at").values_list("tenant_id", flat=True))


def free_schema(*, slug: str) -> str:
    """The schema for a new shop of this short name: one that no shop ever had, gone ones included.

    The caller works in `public`.
    """
    failed = ProvisioningState.FAILED
    for generation in itertools.count(1):
        schema = schema_of(slug, generation=generation)
        if not (
            Tenant.objects.filter(schema_name=schema).exists()
            or Provisioning.objects.filter(slug=slug, schema_name=schema)
            .exclude(state=failed)
            .exists()
            or TenantDeletion.objects.filter(schema_name=schema).exists()
        ):
            return schema
    raise AssertionError("numbers do not end")
