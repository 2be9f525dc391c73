"""What Celery carries: a schema's name and delivery ids. The rows in PostgreSQL are the truth."""

from celery import shared_task

from apps.shared.tasks import TenantTask

from .deliver import deliver
from .lease import Handed


@shared_task(base=TenantTask, name="outbox.deliver")
def deliver_batch(*, schema_name: str, handed: list[list[int]]) -> None:
    """Run the deliveries, given as [delivery id, token] pairs, one after the other."""
    for delivery_id, token in handed:
        deliver(Handed(delivery_id, token))
