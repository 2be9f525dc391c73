from datetime import datetime

from django.conf import settings

from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.fingerprints import code_fingerprint, schema_fingerprint
from tenants.fleet.crew import with_patience
from tenants.fleet.graph import Graph
from tenants.fleet.holding import Limits
from tenants.fleet.journey import Journey, make_schema
from tenants.models import Domain, Tenant
from tenants.states import TenantStatus
from tenants.template import TEMPLATE_SCHEMA, publish_template


@outside_transaction
def prepare_platform(*, now: datetime, limits: Limits | None = None) -> list[str]:
    """Bring public and the template for new shops to this code's migrations, and make the
    platform's own host known; costs little when all is up to date.

    Returns the schemas that were migrated. Not one transaction: each migration commits, and a
    second call goes on where a first one stopped. Raises Busy when another process is at it.
    """
    limits = limits or Limits()
    migrated = []
    with use_schema(PUBLIC):
        if _migrate(PUBLIC, limits) is not None:
            migrated.append(PUBLIC)
        _ensure_platform_tenant(now=now)
        silent_from = _migrate(TEMPLATE_SCHEMA, limits)
        if silent_from is not None:
            migrated.append(TEMPLATE_SCHEMA)
    publish_template(silent_from=silent_from or "")
    return migrated


def _migrate(schema: str, limits: Limits) -> str | None:
    """None when it was up to date; else the fingerprint from which on nothing followed, or none.

    What runs in the template is kept, to be replayed in shops.
    """
    before = schema_fingerprint(schema)
    if before == code_fingerprint():
        return None
    make_schema(schema, limits=limits)
    journey = Journey(schema, Graph(), limits, is_recorded=schema == TEMPLATE_SCHEMA)
    with_patience(journey.go, attempts=limits.attempts)
    return "" if journey.written else before or ""


@owns_transaction
def _ensure_platform_tenant(*, now: datetime) -> None:
    platform, made = Tenant.objects.get_or_create(
        schema_name=PUBLIC, defaults={"slug": PUBLIC, "name": "Galleria"}
    )
    if made:
        platform.move_to(TenantStatus.ACTIVE, now=now)
    if platform.fingerprint != code_fingerprint():
        Tenant.objects.filter(pk=platform.pk).update(fingerprint=code_fingerprint())
    Domain.objects.update_or_create(
        tenant=platform, is_primary=True, defaults={"domain": settings.PLATFORM_DOMAIN}
    )
