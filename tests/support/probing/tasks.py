"""A task as an app would write one, that leaves a row wherever it runs."""

from typing import Any

from celery import shared_task
from django.db import connection, transaction

from apps.shared.schema import PUBLIC, current_schema, use_schema
from apps.shared.tasks import TenantTask
from tests.support.probing.events import EFFECTS_TABLE


@shared_task(base=TenantTask, name="probing.write", bind=True, max_retries=3)
def write(self: Any, *, schema_name: str, probe: str, stumbles: int = 0) -> None:
    """Break `stumbles` times inside a switch to another schema, then write."""
    try:
        if self.request.retries < stumbles:
            with use_schema(PUBLIC), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
    except Exception as error:
        raise self.retry(exc=error, countdown=0.1) from error
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {EFFECTS_TABLE} VALUES (%s, 'task', %s, %s)",
            [probe, current_schema(), schema_name],
        )
