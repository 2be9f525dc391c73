"""What beat asks for. A task that is lost, late or sent twice does no harm: webhooks are claimed
under their lock, and the next minute comes."""

from datetime import timedelta

from celery import shared_task

from apps.payments import services
from apps.shared import clock
from apps.shared.fan_out import (
    HOURLY,
    MINUTELY,
    Job,
    in_random_order,
    send_in_batches,
    work_in_shops,
)
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 200
# As beat asks: a message that waited for the next one is dropped.
POLL_SECONDS = 10

RETRY = Job(name="retry_webhooks", every=MINUTELY, log="webhooks.retry_failed")
POLL = Job(
    name="poll_payments",
    every=timedelta(seconds=POLL_SECONDS),
    log="payments.poll_failed",
    lease=timedelta(seconds=30),
)
RENEW = Job(
    name="renew_accounts", every=HOURLY, log="payments.renewal_failed", lease=timedelta(minutes=10)
)


@shared_task(base=TenantTask, name="payments.retry_webhooks_everywhere")
def retry_webhooks_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(retry_webhooks_in_shops, job=RETRY, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="payments.retry_webhooks_in_shops")
def retry_webhooks_in_shops(
    *, schema_name: str, shops: list[str], period: str | None = None
) -> int:
    """Work on webhooks that are due for another try (PAY-006). How many."""
    return work_in_shops(
        shops,
        lambda: services.retry_provider_events(now=clock.now(), most=MOST_PER_SHOP),
        job=RETRY,
        period=period,
    )


@shared_task(base=TenantTask, name="payments.poll_everywhere")
def poll_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops that have a provider to poll. How many messages."""
    shops = in_random_order(services.shops_to_poll(shops=active_schemas()))
    return send_in_batches(
        poll_in_shops,
        job=POLL,
        schema_name=schema_name,
        shops=shops,
        jitter=1,
        expires=POLL_SECONDS,
    )


@shared_task(base=TenantTask, name="payments.poll_in_shops")
def poll_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Ask providers that tell nothing by themselves. How many payments changed."""
    return work_in_shops(
        shops,
        lambda: services.poll_payments(now=clock.now(), most=MOST_PER_SHOP),
        job=POLL,
        period=period,
    )


@shared_task(base=TenantTask, name="payments.renew_accounts_everywhere")
def renew_accounts_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = in_random_order(active_schemas())
    return send_in_batches(renew_accounts_in_shops, job=RENEW, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="payments.renew_accounts_in_shops")
def renew_accounts_in_shops(
    *, schema_name: str, shops: list[str], period: str | None = None
) -> int:
    """Renew tokens that are about to end. How many."""
    return work_in_shops(
        shops,
        lambda: services.renew_accounts(now=clock.now()),
        job=RENEW,
        period=period,
    )
