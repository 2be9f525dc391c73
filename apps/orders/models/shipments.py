"""What left the house, parcel by parcel."""

from django.db import models
from django.db.models import Q

from apps.orders.models.orders import Order, OrderLine
from apps.shared.models import Identified


class Shipment(Identified):
    """A parcel: what left together."""

    id_prefix = "shm"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=120, blank=True)
    shipped_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.carrier, self.tracking_number))) or self.public_id


class ShipmentLine(models.Model):
    """So many pieces of an order line in a parcel."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.order_line_id}"
