"""Goods that someone may buy; not yet a promise."""

from django.db import models

from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.shared.models import Identified, currency_field
from apps.shipping.models import ShippingMethod

from .limits import MAX_QUANTITY


class Cart(Identified):
    """A cart; immutable once `completed_at` is set (CART-003, backed by a trigger).

    `version` counts changes and is the cart's ETag. A guest's cart whose lines went into a
    customer's stays behind empty and says which (`merged_into`): asked again, it is not merged
    twice. For everything else it is not there any more.
    """

    id_prefix = "cart"

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    currency = currency_field()
    email = models.EmailField(blank=True)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    shipping_method = models.ForeignKey(
        ShippingMethod, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    metadata = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    completed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["updated_at"],
                name="cart_open_by_age",
                condition=models.Q(completed_at__isnull=True),
            ),
            # Most carts are guests', and few are merged: those are no entries to write.
            models.Index(
                fields=["customer"],
                name="cart_by_customer",
                condition=models.Q(customer__isnull=False),
            ),
            models.Index(
                fields=["merged_into"],
                name="cart_by_merged_into",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class CartLine(Identified):
    """So many of one variant, at the price that was shown when it was put in (CART-008)."""

    id_prefix = "cli"

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    unit_price_amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_variant_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=MAX_QUANTITY),
                name="cart_line_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
