from django.db import models


class ProductStatus(models.TextChoices):
    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class InventoryPolicy(models.TextChoices):
    """What happens when stock runs out: refuse, or sell on down to the stock item's floor."""

    DENY = "deny"
    CONTINUE = "continue"
