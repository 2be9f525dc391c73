"""How the fleet stands, for `fleet status`: counts, and the shops that are not well."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.shared.schema import PUBLIC, use_schema
from tenants.models import ShopMigration, Tenant
from tenants.states import MigrationState, TenantStatus
from tenants.versions import serves


@dataclass(frozen=True)
class Standing:
    """One shop that lags: how its last attempt went, if there was one."""

    slug: str
    state: str
    step: str
    error: str
    attempts: int


def standing(*, slugs: Sequence[str] = ()) -> tuple[int, list[Standing]]:
    """How many shops there are, and those of them that lag. Two statements."""
    with use_schema(PUBLIC):
        shops = Tenant.objects.exclude(schema_name=PUBLIC).exclude(status=TenantStatus.PROVISIONING)
        if slugs:
            shops = shops.filter(slug__in=slugs)
        found = list(shops.values_list("pk", "slug", "fingerprint"))
        lagging = {pk: slug for pk, slug, fingerprint in found if not serves(fingerprint)}
        records = ShopMigration.objects.in_bulk(list(lagging))
    return len(found), [_standing(slug, records.get(pk)) for pk, slug in lagging.items()]


def _standing(slug: str, record: ShopMigration | None) -> Standing:
    if record is None or record.state == MigrationState.DONE:
        return Standing(slug, MigrationState.WAITING, "", "", 0)
    return Standing(slug, record.state, record.step, record.error, record.attempts)
