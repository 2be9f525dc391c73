"""What Celery carries: a schema's name and delivery ids. The rows in PostgreSQL are the truth."""

from celery import shared_task

from apps.shared.tasks import TenantTask

from .batch import deliver_all
from .lease import Handed


@shared_task(base=TenantTask, name="outbox.deliver")
def deliver_batch(*, schema_name: str, handed: list[list[int]]) -> None:
    """Make the deliveries, given as [delivery id, token] pairs."""
    deliver_all([Handed(delivery_id, token) for delivery_id, token in handed])
