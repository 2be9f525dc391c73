"""What beat asks for. A task that is lost, late or sent twice does no harm: payments are claimed,
and orders closed, under their lock, and the next minute comes."""

from celery import shared_task

from apps.checkout import services
from apps.shared import clock
from apps.shared.fan_out import (
    MINUTELY,
    SILENT_SHOPS,
    Job,
    in_random_order,
    send_in_batches,
    work_in_shops,
)
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 200
MOST_TO_EXPIRE, LONGEST_EXPIRY_SECONDS = 2_000, 30.0

EXPIRE = Job(name="expire_orders", every=MINUTELY, log="orders.expiry_failed")
SYNC = Job(name="sync_payments", every=MINUTELY, log="payments.sync_failed")


@shared_task(base=TenantTask, name="orders.expire_everywhere")
def expire_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops: a message for fifty of them, not one for each. How many."""
    shops = in_random_order(active_schemas())
    return send_in_batches(expire_in_shops, job=EXPIRE, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="orders.expire_in_shops")
def expire_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Expire what is due in each of these shops; one that fails does not stop the others.

    After three shops in a row whose provider is silent, it is not asked any more: what need not be
    asked about expires all the same.
    """
    silent = 0

    def expire() -> int:
        nonlocal silent
        asks = silent < SILENT_SHOPS
        run = services.expire_unpaid_orders(
            now=clock.now(), most=MOST_TO_EXPIRE, longest=LONGEST_EXPIRY_SECONDS, asks=asks
        )
        if asks:
            silent = silent + 1 if run.was_silent else 0
        return run.closed

    return work_in_shops(shops, expire, job=EXPIRE, period=period)


@shared_task(base=TenantTask, name="checkout.sync_payments_everywhere")
def sync_payments_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(sync_payments_in_shops, job=SYNC, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="checkout.sync_payments_in_shops")
def sync_payments_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Ask the providers for payments that have been under way for too long. How many."""
    return work_in_shops(
        shops,
        lambda: services.sync_overdue_payments(now=clock.now(), most=MOST_PER_SHOP),
        job=SYNC,
        period=period,
    )
