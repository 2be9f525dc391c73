import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from apps.shared.db import outside_transaction, owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.events import TenantCreated
from tenants.models import Provisioning
from tenants.provisioning import NewShop, seed_new_shop
from tenants.states import ProvisioningState, TenantStatus
from tenants.template import replay_template

logger = logging.getLogger(__name__)


@outside_transaction
def provision_tenant(*, tenant_id: UUID, now: datetime) -> ProvisioningState:
    """Make a requested shop usable, from wherever it was left: schema, first rows, open.

    Each step is a transaction that commits its state with its work: killed anywhere, the next call
    goes on. Two calls at once take turns and do each step once. Returns the state that it came to,
    READY or FAILED. Raises TenantNotFound, and whatever a step met; then what was done stays.
    """
    while True:
        with use_schema(PUBLIC):
            state = selectors.provisioning_state(tenant_id=tenant_id)
        step = _STEPS.get(state)
        if step is None:
            return state
        step(tenant_id, now)


def _shop_of(row: Provisioning, now: datetime) -> NewShop:
    return NewShop(
        slug=row.slug,
        name=row.name,
        domain=row.domain,
        currency=row.currency,
        country=row.country,
        owner_email=row.owner_email,
        owner_password=row.owner_password,
        now=now,
    )


@owns_transaction
def _make_schema(tenant_id: UUID, now: datetime) -> None:
    """The shop's schema, as the template is."""
    with use_schema(PUBLIC):
        row = selectors.provisioning_for_update(tenant_id=tenant_id)
        if row.state == ProvisioningState.REQUESTED:
            replay_template(row.schema_name)
            row.move_to(ProvisioningState.SCHEMA, now=now)


@owns_transaction
def _seed_schema(tenant_id: UUID, now: datetime) -> None:
    """What a shop starts with: settings, first location, roles, owner."""
    with use_schema(PUBLIC):
        row = selectors.provisioning_for_update(tenant_id=tenant_id)
        if row.state == ProvisioningState.SCHEMA:
            with use_schema(row.schema_name):
                seed_new_shop(_shop_of(row, now))
            row.move_to(ProvisioningState.SEEDED, now=now)


@owns_transaction
def _open_shop(tenant_id: UUID, now: datetime) -> None:
    """Its host answers from the commit on."""
    with use_schema(PUBLIC):
        row = selectors.provisioning_for_update(tenant_id=tenant_id)
        if row.state == ProvisioningState.SEEDED:
            tenant = selectors.tenant_for_update(tenant_id=tenant_id)
            tenant.move_to(TenantStatus.ACTIVE, now=now)
            row.move_to(ProvisioningState.READY, now=now)
            emit(TenantCreated(tenant_id=str(tenant_id), slug=row.slug), now=now)
            logger.info("tenant.ready", extra={"tenant_id": tenant.public_id, "slug": row.slug})


_STEPS: Mapping[ProvisioningState, Callable[[UUID, datetime], None]] = {
    ProvisioningState.REQUESTED: _make_schema,
    ProvisioningState.SCHEMA: _seed_schema,
    ProvisioningState.SEEDED: _open_shop,
}
