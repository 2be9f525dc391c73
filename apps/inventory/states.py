from django.db import models


class MovementReason(models.TextChoices):
    """Why a stock item changed."""

    IMPORT = "import"
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    RESERVE = "reserve"
    RELEASE = "release"
    SHIP = "ship"
    RETURN = "return"
