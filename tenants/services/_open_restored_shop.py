from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.shared.audit.record import Target, record
from apps.shared.db import joins_transaction
from apps.shared.schema import use_schema
from tenants.backup.manifest import Manifest
from tenants.backup.place import Place
from tenants.fingerprints import code_fingerprint, note_fingerprint
from tenants.models import Domain, Tenant
from tenants.restoring import RestoredShop, settle_restored_shop
from tenants.states import TenantStatus


@joins_transaction
def open_restored_shop(
    *,
    manifest: Manifest,
    place: Place,
    last_numbers: Mapping[tuple[str, int], int],
    now: datetime,
) -> None:
    """Make a tenant of a restored schema, suspended: somebody looks at it before it is resumed.

    What apps keep beside the schema comes back, and what must not happen twice is withheld, as
    they have registered it. The caller works in `public`.
    """
    identity: dict[str, Any] = {"id": place.tenant_id} if place.tenant_id else {}
    tenant = Tenant(slug=place.slug, name=manifest.name, schema_name=place.schema, **identity)
    tenant.save(force_insert=True)
    note_fingerprint(place.schema, code_fingerprint())
    for number, domain in enumerate(place.domains):
        Domain.objects.create(tenant=tenant, domain=domain, is_primary=number == 0)
    tenant.move_to(TenantStatus.ACTIVE, now=now)
    tenant.move_to(TenantStatus.SUSPENDED, now=now)
    with use_schema(place.schema):
        settle_restored_shop(
            RestoredShop(
                tenant_id=tenant.pk,
                schema_name=place.schema,
                is_copy=place.is_copy,
                taken_at=manifest.taken_at,
                restored_at=now,
                kept=manifest.kept,
                last_numbers=last_numbers,
            )
        )
    record(
        action="tenant.restored",
        target=Target("tenant", tenant.public_id),
        after={
            "slug": place.slug,
            "backup_of": manifest.slug,
            "taken_at": manifest.taken_at.isoformat(),
            "domains": list(place.domains),
            "domains_of_others": list(place.taken),
        },
        now=now,
    )
