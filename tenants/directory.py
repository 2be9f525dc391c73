"""Shops as the platform shows them: those that are there, and what is known of those that are not.

All of it is in `public`, whatever schema the caller works in.
"""

from dataclasses import fields
from typing import Any
from uuid import UUID

from apps.shared.fast_sql import fetch_all
from apps.shared.ids import public_id
from apps.shared.schema import PUBLIC, use_schema
from tenants.dto import TenantDetail
from tenants.errors import TenantNotFound
from tenants.models import PlatformKey

# The account of a shop's making is there from the first moment on, that of its end when it has one;
# shops that are older than these accounts have neither.
_COLUMNS = """
    SELECT coalesce(tenant.id, made.tenant_id) AS id, coalesce(tenant.slug, ending.slug, made.slug)
            AS slug,
        coalesce(tenant.name, made.name) AS name,
        coalesce(tenant.status, CASE WHEN made.state = 'failed' THEN 'failed' ELSE 'deleted' END)
            AS status,
        domain.domain AS domain, coalesce(made.state, 'ready') AS provisioning,
        coalesce(tenant.created_at, made.requested_at) AS created_at, ending.due_at AS deletes_at
"""
_BESIDES = """
    LEFT JOIN public.tenants_domain AS domain ON domain.tenant_id = tenant.id AND domain.is_primary
    LEFT JOIN public.tenants_tenantdeletion AS ending
        ON ending.tenant_id = coalesce(tenant.id, made.tenant_id) AND ending.state <> 'cancelled'
    WHERE coalesce(tenant.id, made.tenant_id) IS NOT NULL
        AND tenant.schema_name IS DISTINCT FROM 'public'
"""
_ONE = f"""
    {_COLUMNS}
    FROM (SELECT %s::uuid AS id) AS asked
    LEFT JOIN public.tenants_tenant AS tenant ON tenant.id = asked.id
    LEFT JOIN public.tenants_provisioning AS made ON made.tenant_id = asked.id
    {_BESIDES}
"""
_PAGE = f"""
    SELECT * FROM (
        {_COLUMNS}
        FROM public.tenants_tenant AS tenant
        FULL JOIN public.tenants_provisioning AS made ON made.tenant_id = tenant.id
        {_BESIDES}
    ) AS shop
    WHERE (%(status)s::text IS NULL OR shop.status = %(status)s::text)
        AND (%(after)s::uuid IS NULL OR shop.id < %(after)s::uuid)
    ORDER BY shop.id DESC LIMIT %(limit)s
"""  # noqa: S608 - our own constants
_NAMES = [field.name for field in fields(TenantDetail)]


def tenant_detail(*, tenant_id: UUID) -> TenantDetail:
    """Raises TenantNotFound."""
    found = _details(_ONE, [tenant_id])
    if not found:
        raise TenantNotFound(tenant=public_id("ten", tenant_id))
    return found[0]


def tenant_page(*, status: str | None, after: UUID | None, limit: int) -> list[TenantDetail]:
    """The newest first, those that are gone included; from behind `after`."""
    return _details(_PAGE, {"status": status, "after": after, "limit": limit})


def _details(statement: str, parameters: Any) -> list[TenantDetail]:
    rows = fetch_all(statement, parameters)
    return [TenantDetail(**dict(zip(_NAMES, row, strict=True))) for row in rows]


def platform_keys() -> list[str]:
    """A line for each key, the newest first."""
    with use_schema(PUBLIC):
        return [_line(key) for key in PlatformKey.objects.all()]


def _line(key: PlatformKey) -> str:
    state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "in use"
    used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
    scopes = ",".join(key.scopes)
    return f"{key.public_id} …{key.ending}  {state:24} used {used:16}  {scopes}  {key.name}"
