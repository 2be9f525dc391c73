"""`python -m tests.backup.killed WHERE NUMBER COMMAND…`: runs a command, and is killed on the way.

WHERE is a function's path, such as tenants.backup.load.fill: just before its NUMBERth call; or
`commit`: just before the NUMBERth transaction commits.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up only now
from django.db.transaction import Atomic  # noqa: E402

where, number, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
_calls = 0


def dying(work: Any, *, counts: Any) -> Any:
    def call(*arguments: Any, **options: Any) -> Any:
        global _calls
        _calls += counts(*arguments)
        if _calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*arguments, **options)

    return call


if where == "commit":
    Atomic.__exit__ = dying(  # type: ignore[method-assign]
        Atomic.__exit__, counts=lambda block, *_: block.durable
    )
else:
    owner, _, name = where.rpartition(".")
    module, _, last = owner.rpartition(".")
    holder = getattr(import_module(module), last) if last[0].isupper() else import_module(owner)
    setattr(holder, name, dying(getattr(holder, name), counts=lambda *_: 1))
call_command(*command)
