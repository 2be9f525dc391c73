"""What beat asks for. Lost, late or sent twice, it does no harm: a message is written once."""

from celery import shared_task

from apps.notifications import services
from apps.shared import clock
from apps.shared.fan_out import MINUTELY, Job, send_in_batches, work_in_shops
from apps.shared.tasks import TenantTask
from tenants.selectors import active_schemas

MOST_PER_SHOP = 500
REMIND = Job(name="remind_of_payments", every=MINUTELY, log="reminders.failed")


@shared_task(base=TenantTask, name="notifications.remind_everywhere")
def remind_everywhere(*, schema_name: str) -> int:
    """Fan out over the active shops. How many messages."""
    shops = active_schemas()
    return send_in_batches(remind_in_shops, job=REMIND, schema_name=schema_name, shops=shops)


@shared_task(base=TenantTask, name="notifications.remind_in_shops")
def remind_in_shops(*, schema_name: str, shops: list[str], period: str | None = None) -> int:
    """Remind of what is unpaid and expires before long. How many mails."""
    return work_in_shops(
        shops,
        lambda: services.queue_payment_reminders(now=clock.now(), most=MOST_PER_SHOP),
        job=REMIND,
        period=period,
    )
