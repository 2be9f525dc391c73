"""What beat asks for. A task that is lost, late or sent twice does no harm: orders are closed
under their lock, and the next minute comes."""

import logging
import random

from celery import shared_task

from apps.orders import services
from apps.shared import clock, context
from apps.shared.schema import use_schema
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

logger = logging.getLogger(__name__)

SHOPS_PER_MESSAGE = 50
MOST_PER_SHOP = 2_000
# Spread over the minute between two runs; a message that waited for two of them is dropped.
_JITTER_SECONDS = 20
_EXPIRES_SECONDS = 120


@shared_task(base=TenantTask, name="orders.expire_everywhere")
def expire_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops: a message for fifty of them, not one for each. How many."""
    schemas = active_schemas()
    batches = [
        schemas[begin : begin + SHOPS_PER_MESSAGE]
        for begin in range(0, len(schemas), SHOPS_PER_MESSAGE)
    ]
    for batch in batches:
        expire_in_shops.apply_async(
            kwargs={"schema_name": schema_name, "shops": batch},
            countdown=random.uniform(0, _JITTER_SECONDS) if len(batches) > 1 else 0,  # noqa: S311
            expires=_EXPIRES_SECONDS,
        )
    return len(batches)


@shared_task(base=TenantTask, name="orders.expire_in_shops")
def expire_in_shops(*, schema_name: str, shops: list[str]) -> int:
    """Expire what is due in each of these shops; one that fails does not stop the others."""
    expired = 0
    for shop in shops:
        try:
            with use_schema(shop), context.acting(as_actor="task:expire_orders"):
                expired += services.expire_orders(now=clock.now(), most=MOST_PER_SHOP)
        except Exception:
            logger.exception("orders.expiry_failed", extra={"schema": shop})
    return expired
