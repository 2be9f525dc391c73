"""A worker process keeps its database connections from one task to the next.

Celery 5.7 closes the pool of a prefork process before and after each task, and with it the threads
that mind it. Each message would begin with a new session of PostgreSQL: a process to fork, and no
catalogue and no plan in its memory, which costs more than most handlers. What a fork inherits is
still given up when the process begins, and a connection that broke meanwhile is found before it is
used (config.postgres).
"""

from typing import Any

from celery import signals
from django.db import connections


def install() -> None:
    """Let every worker do so. To be called before the application is made: who connects first is
    told first that a worker begins."""
    signals.worker_init.connect(_keep)


def _keep(**_: object) -> None:
    import celery.fixups.django

    fixup: Any = celery.fixups.django
    fixup.DjangoWorkerFixup.on_task_prerun = _leave_open
    fixup.DjangoWorkerFixup.on_task_postrun = _give_back


def _leave_open(_fixup: Any, sender: Any, **_: Any) -> None:
    """Before a task: all that was open has been given back."""


def _give_back(_fixup: Any, sender: Any, **_: Any) -> None:
    """After a task: connections go back to their pool, as Django has it after a request."""
    if not getattr(sender.request, "is_eager", False):
        for connection in connections.all(initialized_only=True):
            connection.close()
