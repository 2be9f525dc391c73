"""What beat asks for. A task that is lost, late or sent twice does no harm: refunds and payments
are claimed under their lock, and the next minute comes."""

from celery import shared_task

from apps.refunds import services
from apps.shared import clock
from apps.shared.fan_out import MINUTELY, Job, in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 200
SWEEP = Job(name="sweep_refunds", every=MINUTELY, log="refunds.sweep_failed")


@shared_task(base=TenantTask, name="refunds.sweep_everywhere")
def sweep_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(sweep_in_shops, job=SWEEP, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="refunds.sweep_in_shops")
def sweep_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Look into flagged payments, then into refunds without an outcome. How many of both."""
    return work_in_shops(shops, _sweep, job=SWEEP, period=period)


def _sweep() -> int:
    now = clock.now()
    orphans = services.settle_orphan_payments(now=now, most=MOST_PER_SHOP)
    return orphans + services.sync_overdue_refunds(now=now, most=MOST_PER_SHOP)
