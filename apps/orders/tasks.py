"""What beat asks for. A task that is lost, late or sent twice does no harm: orders are closed
under their lock, and the next minute comes."""

from celery import shared_task

from apps.orders import services
from apps.shared import clock
from apps.shared.fan_out import send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 2_000


@shared_task(base=TenantTask, name="orders.expire_everywhere")
def expire_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops: a message for fifty of them, not one for each. How many."""
    return send_in_batches(expire_in_shops, schema_name=schema_name, shops=active_schemas())


@shared_task(base=TenantTask, name="orders.expire_in_shops")
def expire_in_shops(*, schema_name: str, shops: list[str]) -> int:
    """Expire what is due in each of these shops; one that fails does not stop the others."""
    return work_in_shops(
        shops,
        lambda: services.expire_orders(now=clock.now(), most=MOST_PER_SHOP),
        actor="task:expire_orders",
        log="orders.expiry_failed",
    )
