from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.errors import DeletionScheduled, ProvisioningUnfinished, TenantExists
from tenants.events import TenantRenamed
from tenants.models import Domain, Tenant
from tenants.names import checked_slug, domain_of
from tenants.states import TenantStatus


@owns_transaction
def rename_tenant(
    *, tenant_id: UUID, slug: str, keep_old_host: bool, why: str, now: datetime
) -> Tenant:
    """Give a shop another short name, and the host that goes with it. Its schema stays.

    With `keep_old_host` the old host goes on answering for the shop, so that links, apps and
    providers' webhooks find it, and nobody else is given it; without, it is answered 404. A domain
    of the shop's own that is primary stays so. The same name again changes nothing.

    Raises InvalidTenantName, TenantNotFound, TenantExists, ProvisioningUnfinished,
    DeletionScheduled.
    """
    checked_slug(slug)
    with use_schema(PUBLIC):
        tenant = selectors.tenant_for_update(tenant_id=tenant_id)
        _refuse_unsettled(tenant)
        former = tenant.slug
        if former == slug:
            return tenant
        try:
            with transaction.atomic():
                tenant.slug = slug
                tenant.save(update_fields=["slug"])
                _move_host(tenant, former=domain_of(former), keep=keep_old_host)
        except IntegrityError:
            raise TenantExists(tenant=slug) from None
        emit(TenantRenamed(tenant_id=str(tenant.pk), slug=slug, former_slug=former), now=now)
        record(
            action="tenants.tenant_renamed",
            target=Target("tenant", tenant.public_id),
            before={"slug": former},
            after={"slug": slug, "keeps_old_host": keep_old_host},
            why=why,
            now=now,
        )
    return tenant


def _refuse_unsettled(tenant: Tenant) -> None:
    if tenant.status == TenantStatus.PROVISIONING:
        raise ProvisioningUnfinished(tenant=tenant.public_id)
    if tenant.status == TenantStatus.DELETING:
        raise DeletionScheduled(tenant=tenant.public_id)


def _move_host(tenant: Tenant, *, former: str, keep: bool) -> None:
    old = Domain.objects.filter(tenant=tenant, domain=former).first()
    is_primary = old is not None and old.is_primary
    # It may be the shop's by an earlier rename.
    new = Domain.objects.filter(tenant=tenant, domain=domain_of(tenant.slug)).first()
    new = new or Domain(tenant=tenant, domain=domain_of(tenant.slug), is_primary=False)
    new.is_primary = new.is_primary or is_primary
    new.save()
    if old is not None and not keep:
        old.delete()
