"""What it costs to send an order."""

from django.db import models

from apps.shared.models import Identified, currency_field


class ShippingMethod(Identified):
    """A flat rate of the shop, in minor units of `currency`."""

    id_prefix = "shp"

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    currency = currency_field()
    position = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="shipping_amount_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.name
