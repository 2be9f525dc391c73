"""Writing audit entries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.shared import context
from apps.shared.db import joins_transaction

from .models import AuditEntry

HIDDEN = "•••• hidden"
Told = Mapping[str, object]
# The last defence: who calls `record` leaves secrets out to begin with.
_SECRET_NAME = re.compile(
    r"secret|password|signature|authorization|token|api_key|credential", re.IGNORECASE
)


@dataclass(frozen=True)
class Target:
    """What an action was done to: a kind, such as `order`, and the public id where it has one."""

    kind: str
    id: str


@joins_transaction
def record(
    *,
    action: str,
    target: Target,
    now: datetime,
    before: Told | None = None,
    after: Told | None = None,
    why: str = "",
) -> None:
    """Write down a critical action in the caller's transaction: both happen, or neither.

    `action` is `app.verb_in_past_tense` or `command.verb`. Who, from where and under which request
    is taken from the context. Values are written as JSON has them; ids and times as text.
    """
    AuditEntry.objects.create(
        action=action,
        actor=context.actor.get()[:80],
        target_type=target.kind,
        target_id=target.id[:64],
        before=_tellable(before or {}),
        after=_tellable(after or {}),
        why=why.replace("\x00", "")[:500],
        origin=context.origin.get()[:64],
        request_id=context.request_id.get(),
        at=now,
    )


def changes(before: Told, after: Told) -> tuple[dict[str, object], dict[str, object]]:
    """Both without what is the same in both."""
    differs = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return (
        {key: before[key] for key in differs if key in before},
        {key: after[key] for key in differs if key in after},
    )


def _tellable(told: Told) -> dict[str, object]:
    return {key: _masked(key, value) for key, value in told.items()}


def _masked(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {str(inner): _masked(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(key, one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(key):
        return HIDDEN
    return value if isinstance(value, int) else str(value).replace("\x00", "")
