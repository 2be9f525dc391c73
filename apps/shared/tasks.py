"""The base of Celery tasks that work in a schema."""

import logging
import time
from datetime import datetime
from typing import Any

from celery import Task
from django.dispatch import Signal

from apps.shared import clock
from apps.shared.context import acting
from apps.shared.db import read_first
from apps.shared.schema import use_schema

logger = logging.getLogger(__name__)
_SCHEMA_AND_TIME = "SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL, clock_timestamp()"
_KNOWN_SECONDS = 5.0
_known: dict[str, float] = {}

# For alerting: a task failed, or an event's delivery became a dead letter. Sent with `job` (the
# task's or subscriber's name), `schema_name` and `error` (the exception).
job_failed = Signal()


class TaskWithoutTenant(RuntimeError):
    """A task was sent without `schema_name`, or with one that does not exist (TEN-002)."""


class TenantTask(Task):  # type: ignore[type-arg]
    """Runs in the schema that its `schema_name` argument names, and refuses to run without one."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        schema_name = kwargs.get("schema_name")
        if not isinstance(schema_name, str) or not _is_known(schema_name):
            raise TaskWithoutTenant(f"{self.name} was sent for {schema_name!r}")
        with use_schema(schema_name), acting(where="worker"):
            return super().__call__(*args, **kwargs)

    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        """As Celery's, whoever sends: `delay`, a canvas, beat. Raises TaskWithoutTenant, where the
        mistake was made."""
        if not (kwargs or {}).get("schema_name"):
            raise TaskWithoutTenant(f"{self.name} is sent for nobody")
        return super().apply_async(args=args, kwargs=kwargs, **options)

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        logger.error(
            "job_failed",
            exc_info=exc,
            extra={"task": self.name, "schema": kwargs.get("schema_name")},
        )
        job_failed.send_robust(
            sender=type(self), job=self.name, schema_name=kwargs.get("schema_name"), error=exc
        )


def _is_known(name: str) -> bool:
    """Whether there is such a schema, or was five seconds ago: names are not used again."""
    if _known.get(name, 0.0) > time.monotonic():
        return True
    exists = schema_exists(name)
    if exists:
        _known[name] = time.monotonic() + _KNOWN_SECONDS
    return exists


def schema_exists(name: str) -> bool:
    """Whether PostgreSQL has this schema, and what time it is there. One cheap look-up."""
    from django.db import connection

    def look() -> tuple[bool, datetime]:
        with connection.cursor() as cursor:
            cursor.execute(_SCHEMA_AND_TIME, [name])
            exists, database_time = cursor.fetchone()
            return bool(exists), database_time

    asked = time.monotonic()
    exists, database_time = read_first(look)
    clock.compare(database_time, asked=asked)
    return exists
