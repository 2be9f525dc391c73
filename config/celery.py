"""The Celery application. Tasks carry ids; the truth is in PostgreSQL (docs/adr/0002-outbox.md)."""

from celery import Celery
from kombu import Queue

from apps.shared.events import QUEUES

app = Celery("galleria")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in QUEUES]
app.autodiscover_tasks()
