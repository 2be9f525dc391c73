"""What beat asks for. A task that is lost, late or sent twice does no harm: payments are claimed
under their lock, and the next minute comes."""

from celery import shared_task

from apps.checkout import services
from apps.shared import clock
from apps.shared.fan_out import in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 200


@shared_task(base=TenantTask, name="checkout.sync_payments_everywhere")
def sync_payments_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(sync_payments_in_shops, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="checkout.sync_payments_in_shops")
def sync_payments_in_shops(*, schema_name: str, shops: list[str]) -> int:
    """Ask the providers for payments that have been under way for too long. How many."""
    return work_in_shops(
        shops,
        lambda: services.sync_overdue_payments(now=clock.now(), most=MOST_PER_SHOP),
        actor="task:sync_payments",
        log="payments.sync_failed",
    )
