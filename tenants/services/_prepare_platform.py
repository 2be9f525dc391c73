from datetime import datetime

from django.conf import settings
from django.core.management import call_command

from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.models import Domain, Tenant
from tenants.states import TenantStatus
from tenants.template import (
    code_fingerprint,
    migrate_schema,
    prepare_template_script,
    schema_fingerprint,
)


@outside_transaction
def prepare_platform(*, now: datetime) -> list[str]:
    """Bring public, template and every shop to this code's migrations; costs little when they are.

    Returns the schemas that were migrated. Not one transaction: each migration commits, and a
    second call goes on where a first one stopped.
    """
    fingerprint = code_fingerprint()
    migrated = []
    with use_schema(PUBLIC):
        if schema_fingerprint(PUBLIC) != fingerprint:
            call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
            migrate_schema(PUBLIC, fingerprint=fingerprint)
            migrated.append(PUBLIC)
    _ensure_platform_tenant(now=now)
    prepare_template_script()
    for schema in selectors.shop_schemas():
        if migrate_schema(schema, fingerprint=fingerprint):
            migrated.append(schema)
    return migrated


@owns_transaction
def _ensure_platform_tenant(*, now: datetime) -> None:
    with use_schema(PUBLIC):
        platform, made = Tenant.objects.get_or_create(
            schema_name=PUBLIC, defaults={"slug": PUBLIC, "name": "Galleria"}
        )
        if made:
            platform.move_to(TenantStatus.ACTIVE, now=now)
        Domain.objects.update_or_create(
            tenant=platform, is_primary=True, defaults={"domain": settings.PLATFORM_DOMAIN}
        )
