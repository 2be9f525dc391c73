"""The figures of a day, and what a new count of them changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Figures:
    """Of one day and currency; amounts in minor units.

    An order counts as placed on the day it was placed and as paid on the day it was paid; `gross`
    is the totals of those that were paid, `tax` what of that is tax (added or included). A refund
    counts on the day it was booked; one that the provider took back is taken off again on the day
    of that, so that `refunded` may be below zero.
    """

    placed: int = 0
    paid: int = 0
    gross: int = 0
    tax: int = 0
    refunds: int = 0
    refunded: int = 0

    def __str__(self) -> str:
        return (
            f"{self.placed} placed, {self.paid} paid over {self.gross} with {self.tax} tax, "
            f"{self.refunds} refunds over {self.refunded}"
        )


Figured = Mapping[tuple[date, str], Figures]
"""By day and currency; what is all zero is left out."""


@dataclass(frozen=True)
class Change:
    """Figures that are not what the truth says; None where there are none at all."""

    on: date
    currency: str
    kept: Figures | None
    true: Figures | None


def changes_between(kept: Figured, true: Figured) -> list[Change]:
    """What must change for `kept` to be `true`, by day and currency."""
    return [
        Change(*key, kept=kept.get(key), true=true.get(key))
        for key in sorted(kept.keys() | true.keys())
        if kept.get(key) != true.get(key)
    ]
