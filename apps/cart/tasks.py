"""What beat asks for every night. Lost, late or sent twice, it does no harm."""

from datetime import timedelta

from celery import shared_task

from apps.cart import services
from apps.shared import clock
from apps.shared.fan_out import DAILY, Job, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

# Some minutes of work at most; what is left is older tomorrow.
MOST_PER_SHOP = 200_000
# In the quiet of the night, in no hurry, and until about when beat asks again.
_JITTER_SECONDS, _EXPIRES_SECONDS = 600, 50 * 60

EXPIRE = Job(
    name="expire_carts", every=DAILY, log="carts.expiry_failed", lease=timedelta(minutes=30)
)


@shared_task(base=TenantTask, name="cart.expire_everywhere")
def expire_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    return send_in_batches(
        expire_in_shops,
        job=EXPIRE,
        schema_name=schema_name,
        shops=active_schemas(),
        jitter=_JITTER_SECONDS,
        expires=_EXPIRES_SECONDS,
        queue="bulk",
    )


@shared_task(base=TenantTask, name="cart.expire_in_shops")
def expire_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Delete the carts of these shops that are over. How many."""
    return work_in_shops(
        shops,
        lambda: services.expire_carts(now=clock.now(), most=MOST_PER_SHOP),
        job=EXPIRE,
        period=period,
    )
