"""What beat asks for, once a day, and again in the same night where a run was lost. Days with
differences, or whose night was missed, are looked at again the next day, and
`manage.py reconcile --date` does any other."""

from datetime import timedelta

from celery import shared_task

from apps.reconciliation import services
from apps.shared import clock
from apps.shared.fan_out import DAILY, Job, in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

# A provider lists a busy day in many pages.
RECONCILE = Job(
    name="reconcile", every=DAILY, log="reconciliation.failed", lease=timedelta(minutes=50)
)
# Until about when beat asks again.
_EXPIRES_SECONDS = 50 * 60


@shared_task(base=TenantTask, name="reconciliation.reconcile_everywhere")
def reconcile_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(
        reconcile_in_shops,
        job=RECONCILE,
        schema_name=schema_name,
        shops=shops,
        expires=_EXPIRES_SECONDS,
    )


@shared_task(base=TenantTask, name="reconciliation.reconcile_in_shops")
def reconcile_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Compare what is due in each of these shops. How many differences."""
    return work_in_shops(
        shops,
        lambda: services.reconcile_due_days(now=clock.now()),
        job=RECONCILE,
        period=period,
    )
