"""What beat asks for, of every shop. Lost, late or sent twice, it does no harm."""

import logging
from datetime import timedelta

from celery import shared_task

from apps.shared import clock
from apps.shared.fan_out import DAILY, HOURLY, Job, send_in_batches, work_in_shops
from apps.shared.idempotency.prune import prune_records
from apps.shared.invariants.alerts import tell_of
from apps.shared.invariants.examine import examine_shop
from apps.shared.invariants.results import forget_other_shops, record_results
from apps.shared.schedule.runs import forget_old_runs
from apps.shared.schema import current_schema
from apps.shared.tasks import TenantTask, job_failed
from tenants import services
from tenants.selectors import active_schemas

logger = logging.getLogger(__name__)

# In the quiet of the night, in no hurry, and never beside the next night's.
_JITTER_SECONDS = 1_800
_EXPIRES_SECONDS = 8 * 3_600
# A busy shop's keys of an hour, many times over.
_MOST_KEYS_PER_SHOP = 200_000

CHECK = Job(
    name="check_invariants", every=DAILY, log="invariants.shop_failed", lease=timedelta(minutes=50)
)
PRUNE = Job(
    name="prune_keys", every=HOURLY, log="idempotency.pruning_failed", lease=timedelta(minutes=10)
)


@shared_task(base=TenantTask, name="tenants.check_invariants_everywhere")
def check_invariants_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops, and forget the results of all others. How many messages."""
    shops = active_schemas()
    forget_other_shops(kept=shops)
    return send_in_batches(
        check_invariants_in_shops,
        job=CHECK,
        schema_name=schema_name,
        shops=shops,
        jitter=_JITTER_SECONDS,
        expires=_EXPIRES_SECONDS,
        queue="bulk",
    )


@shared_task(base=TenantTask, name="tenants.check_invariants_in_shops")
def check_invariants_in_shops(
    *, schema_name: str, shops: list[str], period: str | None = None
) -> int:
    """Check each of these shops, keep the results and tell of what is not well. How many checks."""
    return work_in_shops(shops, _unwell_here, job=CHECK, period=period)


def _unwell_here() -> int:
    """A shop that cannot be checked is told of as well."""
    shop, now = current_schema(), clock.now()
    try:
        examined = examine_shop(now=now)
        record_results(schema_name=shop, examined=examined, now=now)
        return tell_of(examined, schema_name=shop)
    except Exception as error:
        logger.exception("invariants.shop_failed", extra={"schema": shop})
        job_failed.send_robust(sender=TenantTask, job="invariants", schema_name=shop, error=error)
        return 1


@shared_task(base=TenantTask, name="tenants.prune_keys_everywhere")
def prune_keys_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops, and forget scheduled runs that are over. How many messages."""
    forget_old_runs(now=clock.now())
    return send_in_batches(
        prune_keys_in_shops,
        job=PRUNE,
        schema_name=schema_name,
        shops=active_schemas(),
        queue="bulk",
    )


@shared_task(base=TenantTask, name="tenants.prune_keys_in_shops")
def prune_keys_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Delete the idempotency keys of these shops that are over. How many."""
    return work_in_shops(
        shops,
        lambda: prune_records(now=clock.now(), most=_MOST_KEYS_PER_SHOP),
        job=PRUNE,
        period=period,
    )


@shared_task(base=TenantTask, name="tenants.resume_provisioning")
def resume_provisioning(*, schema_name: str) -> int:
    """Go on with shops whose making was interrupted. How many are ready now."""
    return services.resume_provisioning(now=clock.now())


@shared_task(base=TenantTask, name="tenants.delete_due")
def delete_due(*, schema_name: str) -> int:
    """Delete the shops whose waiting time is over. How many."""
    return services.delete_due_tenants(now=clock.now())
