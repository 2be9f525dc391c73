"""The Celery application. Tasks carry ids; the truth is in PostgreSQL (docs/adr/0002-outbox.md)."""

from typing import Any

from celery import Celery, signals
from kombu import Queue

from apps.shared.events import QUEUES, serve
from config import kept_pool, lost_broker

lost_broker.install()
kept_pool.install()
app = Celery("galleria")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in QUEUES]
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Django's LOGGING holds in workers too: Celery would swallow `order.paid` and its like, which
    are INFO."""


@signals.celeryd_after_setup.connect
def say_what_is_served(instance: Any, **_: object) -> None:
    """Before the pool's processes are forked: they may go on by themselves with work of these."""
    serve(*instance.app.amqp.queues.consume_from)
