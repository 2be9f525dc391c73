"""What beat asks for. A task that is lost, late or sent twice does no harm: webhooks are claimed
under their lock, and the next minute comes."""

from celery import shared_task

from apps.payments import services
from apps.shared import clock
from apps.shared.fan_out import in_random_order, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 200


@shared_task(base=TenantTask, name="payments.retry_webhooks_everywhere")
def retry_webhooks_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(retry_webhooks_in_shops, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="payments.retry_webhooks_in_shops")
def retry_webhooks_in_shops(*, schema_name: str, shops: list[str]) -> int:
    """Work on webhooks that are due for another try (PAY-006). How many."""
    return work_in_shops(
        shops,
        lambda: services.retry_provider_events(now=clock.now(), most=MOST_PER_SHOP),
        actor="task:retry_webhooks",
        log="webhooks.retry_failed",
    )
