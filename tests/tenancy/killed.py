"""`python -m tests.tenancy.killed SLUG PLACE NUMBER`: makes a shop, and is killed on the way.

PLACE is `in`, just before the NUMBERth transaction commits, or `after` it.
"""

import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.db.transaction import Atomic  # noqa: E402 - Django is set up only now

from apps.shared import clock  # noqa: E402
from tenants import services  # noqa: E402

slug, place, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
_commit = Atomic.__exit__
_ended = 0


def commit_or_die(self: Any, *raised: Any) -> Any:
    """Counts the transactions; savepoints are none."""
    global _ended
    is_last = self.durable
    _ended += is_last
    if is_last and _ended == number and place == "in":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = _commit(self, *raised)
    if is_last and _ended == number and place == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


Atomic.__exit__ = commit_or_die  # type: ignore[method-assign]
services.create_tenant(
    slug=slug,
    name="A shop",
    currency="USD",
    country="US",
    owner_email="owner@killed.example",
    owner_password="of-the-owner",
    now=clock.now(),
)
