"""The promise, with prices, names and tax as they were at that moment (ORDER-008)."""

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from apps.customers.models import Customer
from apps.orders.states import (
    FULFILLMENT,
    ORDER,
    PAYMENT,
    Closed,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    derived_status,
)
from apps.shared.fast_rows import add, write
from apps.shared.models import Identified, currency_field


class Order(Identified):
    """One completed cart (ORDER-006: `cart_id` is unique)."""

    id_prefix = "ord"

    number = models.CharField(max_length=12)
    cart_id = models.UUIDField(unique=True)
    # Found by `order_by_customer`: each index more is a write more for every order.
    customer = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    email = models.EmailField()
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfillment_status = models.CharField(
        max_length=20, choices=FulfillmentStatus.choices, default=FulfillmentStatus.UNFULFILLED
    )
    closed = models.CharField(
        max_length=10, choices=Closed.choices, default=Closed.OPEN, blank=True
    )
    status = models.CharField(
        max_length=20, choices=OrderStatus.choices, default=OrderStatus.PENDING
    )
    currency = currency_field()
    subtotal_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField(default=0)
    shipping_amount = models.BigIntegerField()
    tax_amount = models.BigIntegerField()
    included_tax_amount = models.BigIntegerField(
        default=0, help_text="Tax that the prices already contain; not part of the sum."
    )
    total_amount = models.BigIntegerField()
    reduction_amount = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="So much less than the total was charged: the shop captured a part by hand.",
    )
    shipping_method = models.JSONField(default=dict)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_once"),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("subtotal_amount")
                    - F("discount_amount")
                    + F("shipping_amount")
                    + F("tax_amount")
                ),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    subtotal_amount__gte=0,
                    discount_amount__gte=0,
                    shipping_amount__gte=0,
                    tax_amount__gte=0,
                    included_tax_amount__gte=0,
                    total_amount__gte=0,
                ),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(reduction_amount=0)
                | Q(
                    reduction_amount__gt=0,
                    reduction_amount__lt=F("total_amount"),
                    paid_at__isnull=False,
                ),
                name="order_reduction",
            ),
            models.CheckConstraint(
                condition=Q(payment_status__in=PaymentStatus.values),
                name="order_payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(fulfillment_status__in=FulfillmentStatus.values),
                name="order_fulfillment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(closed__in=Closed.values), name="order_closed_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(payment_status__in=["paid", "partially_refunded", "refunded"])
                | Q(paid_at__isnull=False),
                name="order_paid_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="order_by_status"),
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(
                fields=["expires_at"],
                name="order_unpaid_by_expiry",
                condition=Q(status__in=["pending", "awaiting_payment"]),
            ),
            # For figures of a day. Rows lie in the order of their making: a summary of each few
            # pages finds them, and costs an order next to nothing.
            BrinIndex(
                fields=["placed_at", "paid_at"],
                name="order_by_time",
                pages_per_range=32,
                autosummarize=True,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_amount(self) -> int:
        """What its buyer has to pay, or has paid: the total less what it was reduced by."""
        return self.total_amount - self.reduction_amount

    def move_to(
        self,
        *,
        payment: PaymentStatus | None = None,
        fulfillment: FulfillmentStatus | None = None,
        closed: Closed | None = None,
        actor: str,
        now: datetime,
        reason: str = "",
        **fields: datetime | int,
    ) -> None:
        """Take one step, derive the public status and write the timeline.

        Raises InvalidTransition, before anything is written.
        """
        before = self.status
        self.status = self.check_move(payment=payment, fulfillment=fulfillment, closed=closed)
        self.payment_status = payment or self.payment_status
        self.fulfillment_status = fulfillment or self.fulfillment_status
        self.closed = closed or self.closed
        for field, value in fields.items():
            setattr(self, field, value)
        write(self, ["payment_status", "fulfillment_status", "closed", "status", *fields])
        taken = OrderTransition(
            order_id=self.pk,
            step=closed or fulfillment or payment,
            source=before,
            target=self.status,
            actor=actor,
            reason=reason,
            at=now,
        )
        add(taken)

    def check_move(
        self,
        *,
        payment: PaymentStatus | None = None,
        fulfillment: FulfillmentStatus | None = None,
        closed: Closed | None = None,
    ) -> OrderStatus:
        """The public status after a step that is allowed; nothing is changed.

        Raises InvalidTransition. Nothing at all happens to an order in a terminal state, even
        where its public status would stay what it is (ORDER-003).
        """
        if ORDER.is_terminal(self.status):
            ORDER.check(self.status, closed or fulfillment or payment or "")
        if payment is not None:
            PAYMENT.check(self.payment_status, payment)
        if fulfillment is not None:
            FULFILLMENT.check(self.fulfillment_status, fulfillment)
        after = derived_status(
            payment or self.payment_status,
            fulfillment or self.fulfillment_status,
            closed or self.closed,
        )
        if after != self.status:
            ORDER.check(self.status, after)
        return after


class OrderLine(Identified):
    """A copy of what was bought; the ids are for reference and may outlive their rows."""

    id_prefix = "oli"

    # Found by `order_line_position`.
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product_id = models.UUIDField()
    variant_id = models.UUIDField(db_index=True)
    sku = models.CharField("SKU", max_length=255)
    title = models.CharField(max_length=255)
    variant_title = models.CharField(max_length=255)
    requires_shipping = models.BooleanField()
    quantity = models.PositiveIntegerField()
    unit_price_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0)
    total_amount = models.BigIntegerField(help_text="Quantity × unit price − discount.")

    class Meta:
        ordering = ["order_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity"),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("quantity") * F("unit_price_amount") - F("discount_amount")
                ),
                name="order_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class OrderTransition(models.Model):
    """The timeline: what happened to an order, who did it, when and why.

    `step` says more than the public status does where that stays the same: a parcel of several
    that left, a partly refunded order that was packed.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transitions")
    source = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20)
    step = models.CharField(max_length=20, blank=True, default="", db_default="")
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.source or '—'} → {self.target}"
