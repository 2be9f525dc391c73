"""What an app above does, in the same transaction, when an admin changed a row of an app below.

The stock's floor follows the variant's inventory policy: inventory registers a function for
"catalog.variant", and the catalogue's pages call it.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Model

FollowUp = Callable[[Any, Collection[str]], None]

_FOLLOW_UPS: dict[str, list[FollowUp]] = {}


def follows(model: str) -> Callable[[FollowUp], FollowUp]:
    """Register `follow_up(row, changed_fields)` for a model (`app_label.model_name`)."""

    def register(follow_up: FollowUp) -> FollowUp:
        _FOLLOW_UPS.setdefault(model, []).append(follow_up)
        return follow_up

    return register


def follow_up_on(row: Model, changed: Collection[str]) -> None:
    """Call everyone who registered. The row is saved, the transaction open."""
    for follow_up in _FOLLOW_UPS.get(row._meta.label_lower, []):
        follow_up(row, changed)
