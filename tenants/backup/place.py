"""Under which names a backup becomes a shop here."""

from dataclasses import dataclass
from uuid import UUID

from tenants import selectors
from tenants.backup.errors import CannotRestore
from tenants.backup.manifest import Manifest
from tenants.errors import TenantExists
from tenants.models import Domain, Tenant, TenantDeletion
from tenants.names import SCHEMA, checked_slug, domain_of
from tenants.states import DeletionState


@dataclass(frozen=True, kw_only=True)
class Place:
    """A restored shop's names. `domains` begins with the primary one; `taken` are those of its
    former domains that answer for another shop by now. `tenant_id` None: a new one."""

    slug: str
    schema: str
    tenant_id: UUID | None
    domains: tuple[str, ...]
    taken: tuple[str, ...]
    is_copy: bool


def find_place(*, manifest: Manifest, as_slug: str | None) -> Place:
    """Its own name, schema and domains, or as a copy those that go with another name.

    The caller works in `public`. Raises InvalidTenantName, TenantExists, CannotRestore.
    """
    is_copy = as_slug is not None and as_slug != manifest.slug
    slug = checked_slug(as_slug) if as_slug is not None and is_copy else manifest.slug
    own = domain_of(slug)
    if Tenant.objects.filter(slug=slug).exists() or _answering([own]):
        raise TenantExists(f"There is a shop “{slug}” already: restore --as another.", tenant=slug)
    if is_copy:
        schema = selectors.free_schema(slug=slug)
        return Place(
            slug=slug, schema=schema, tenant_id=None, domains=(own,), taken=(), is_copy=True
        )
    former = f"{manifest.slug}.{manifest.platform_domain}"
    wanted = [own if one == former else one for one in manifest.domains]
    taken = _answering(wanted)
    return Place(
        slug=slug,
        schema=_own_schema(manifest),
        tenant_id=manifest.tenant_id if _is_free(manifest.tenant_id) else None,
        domains=tuple(dict.fromkeys([*(one for one in wanted if one not in taken), own])),
        taken=tuple(taken),
        is_copy=False,
    )


def _own_schema(manifest: Manifest) -> str:
    """The one that it had: payment providers know its payments by that name."""
    schema = manifest.schema
    if not SCHEMA.fullmatch(schema):
        raise CannotRestore(f"{schema!r} is no name of a shop's schema.")
    if Tenant.objects.filter(schema_name=schema).exists():
        raise CannotRestore(f"Another shop works in its schema {schema}: restore --as another.")
    deletions = TenantDeletion.objects.filter(schema_name=schema, state=DeletionState.DROPPED)
    if deletions.exists():
        raise CannotRestore(f"Files of the shop that was in {schema} are still being removed.")
    return schema


def _is_free(tenant_id: UUID) -> bool:
    """Neither in use, nor that of a shop that was deleted: it can be deleted once."""
    if Tenant.objects.filter(pk=tenant_id).exists():
        return False
    deletions = TenantDeletion.objects.filter(tenant_id=tenant_id)
    return not deletions.exclude(state=DeletionState.CANCELLED).exists()


def _answering(domains: list[str]) -> list[str]:
    """Those of the domains that are somebody's."""
    rows = Domain.objects.filter(domain__in=domains).order_by("domain")
    return list(rows.values_list("domain", flat=True))
