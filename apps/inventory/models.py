"""How much of what is where, and every change of it."""

from django.db import models
from django.db.models import F, Q

from apps.catalog.models import Variant
from apps.shared.ids import public_id
from apps.shared.models import Identified

from .states import MovementReason

LOW_STOCK_THRESHOLD = 5


class Location(Identified):
    """A place that holds stock; allocation tries low `priority` numbers first."""

    id_prefix = "loc"

    name = models.CharField(max_length=120, unique=True)
    priority = models.PositiveSmallIntegerField(default=10)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        return self.name


class StockItem(models.Model):
    """One variant at one location (STOCK-001).

    `available = on_hand − reserved` may go down to `−backorder_limit`, which is 0 unless the
    variant's policy is to continue.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock_items")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(default=0)
    low_stock_threshold = models.IntegerField(
        default=LOW_STOCK_THRESHOLD,
        db_default=LOW_STOCK_THRESHOLD,
        help_text="The shop's people hear of it when no more than this can be sold.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stock_item_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="stock_reserved_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand") + F("backorder_limit")),
                name="stock_available_above_floor",
            ),
        ]

    def __str__(self) -> str:
        return f"stock item {self.pk}: {self.available} available"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """One immutable row for every change of a stock item (STOCK-004)."""

    id = models.BigAutoField(primary_key=True)
    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="movements")
    reason = models.CharField(max_length=12, choices=MovementReason.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    reference_type = models.CharField(max_length=20)
    reference_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(on_hand_delta=0) | ~Q(reserved_delta=0), name="stock_movement_moves"
            ),
        ]
        indexes = [
            models.Index(fields=["reference_type", "reference_id"], name="stock_movement_reference")
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.on_hand_delta:+}/{self.reserved_delta:+}"


class Reservation(models.Model):
    """Stock held for one order line at one location; open until shipped or released.

    What was shipped can come back once: `returned` is part of `shipped` (STOCK-003).
    """

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    order_line_id = models.UUIDField()
    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    shipped = models.PositiveIntegerField(default=0)
    released = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_line_id", "stock_item"], name="reservation_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped") + F("released")), name="reservation_bounded"
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("returned")), name="reservation_returned_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for line {public_id('oli', self.order_line_id)}"

    @property
    def open_quantity(self) -> int:
        return self.quantity - self.shipped - self.released

    @property
    def returnable_quantity(self) -> int:
        return self.shipped - self.returned
