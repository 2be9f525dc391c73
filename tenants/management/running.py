"""What the platform's commands have in common: in whose name, trying only, and how they end."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from django.core.management.base import CommandError
from django.db import transaction

from apps.shared import context
from apps.shared.db import unit_of_work
from apps.shared.errors import DomainError
from apps.shared.ids import new_id, public_id
from apps.shared.operators import operator_name

R = TypeVar("R")
REFUSED = 1
EXIT_CODES = """exit codes: 0 done, or it could be (--dry-run); 1 refused, and nothing was changed;
2 the command line cannot be meant."""


def run_as_operator(work: Callable[[], R], *, command: str, is_dry: bool = False) -> R:
    """Do `work` in the name of who started the command.

    When `is_dry`, all of it is rolled back: what would be refused is refused.
    Raises CommandError with exit code 1 for what the work refuses.
    """
    run = public_id("req", new_id())
    with context.acting(request=run, as_actor=f"{command}:{operator_name()}"):
        try:
            with unit_of_work() if is_dry else nullcontext():
                done = work()
                if is_dry:
                    transaction.set_rollback(True)
                return done
        except (DomainError, LookupError) as error:
            raise CommandError(str(error), returncode=REFUSED) from error
