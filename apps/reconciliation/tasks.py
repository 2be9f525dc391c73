"""What beat asks for, once a day. A run that is lost is made up for by the next: days with
differences are looked at again, and `manage.py reconcile --date` does any other."""

from celery import shared_task

from apps.reconciliation import services
from apps.shared import clock
from apps.shared.fan_out import in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas


@shared_task(base=TenantTask, name="reconciliation.reconcile_everywhere")
def reconcile_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(reconcile_in_shops, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="reconciliation.reconcile_in_shops")
def reconcile_in_shops(*, schema_name: str, shops: list[str]) -> int:
    """Compare what is due in each of these shops. How many differences."""
    return work_in_shops(
        shops,
        lambda: services.reconcile_due_days(now=clock.now()),
        actor="task:reconcile",
        log="reconciliation.failed",
    )
