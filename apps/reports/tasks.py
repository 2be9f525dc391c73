"""What beat asks for. A run that is lost is made up for by the next."""

from datetime import timedelta

from celery import shared_task

from apps.reports import services
from apps.shared import clock
from apps.shared.fan_out import Job, in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

REFRESH = Job(name="refresh_figures", every=timedelta(minutes=2), log="reports.refresh_failed")


@shared_task(base=TenantTask, name="reports.refresh_everywhere")
def refresh_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(
        refresh_in_shops, job=REFRESH, schema_name=schema_name, shops=shops, queue="bulk"
    )


@shared_task(base=TenantTask, name="reports.refresh_in_shops")
def refresh_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Count what is due in each of these shops. How many figures changed."""
    return work_in_shops(
        shops, lambda: services.refresh_figures(now=clock.now()), job=REFRESH, period=period
    )
