from django.db import models


class MovementReason(models.TextChoices):
    """Why a stock item changed."""

    IMPORT = "import"
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    COUNT = "count"
    SYNC = "sync"
    RESERVE = "reserve"
    RELEASE = "release"
    SHIP = "ship"
    RETURN = "return"
    CORRECTION = "correction"


def runs_low(*, before: int, after: int, threshold: int) -> bool:
    """Whether a change of `available` takes it down across the threshold.

    The whole rule of the low-stock event: it comes when `available` falls from above the threshold
    to it or below, and so not again before it has risen above. Nothing is remembered.
    """
    return after <= threshold < before
