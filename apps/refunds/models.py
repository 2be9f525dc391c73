"""Money given back: who asked, who approved, of what, and how it went."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from apps.shared.models import Identified, currency_field

from .states import (
    IN_FLIGHT,
    REFUND,
    RefundFlag,
    RefundReason,
    RefundSource,
    RefundStatus,
    Restock,
)


class Refund(Identified):
    """One attempt to give money of an order back. Amounts in minor units, tax contained.

    `amount` is the lines' amounts, `shipping_amount` and `other_amount` together. Whoever adds one
    or changes its status holds the order's row lock: REF-003 rests on it.
    """

    id_prefix = "ref"

    order_id = models.UUIDField(db_index=True)
    payment_id = models.UUIDField(help_text="The payment intent that took the money.")
    status = models.CharField(
        max_length=10, choices=RefundStatus.choices, default=RefundStatus.REQUESTED
    )
    source = models.CharField(
        max_length=10, choices=RefundSource.choices, default=RefundSource.SHOP
    )
    currency = currency_field()
    amount = models.BigIntegerField()
    shipping_amount = models.BigIntegerField(default=0)
    shipping_tax_amount = models.BigIntegerField(default=0)
    other_amount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0, help_text="The tax contained in the amount.")
    reason = models.CharField(max_length=30, choices=RefundReason.choices)
    note = models.CharField(max_length=500, blank=True)
    cancels_order = models.BooleanField(
        default=False, help_text="The order becomes cancelled when this succeeds."
    )
    is_orphan = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Of a payment that never paid its order: neither books nor stock know of it.",
    )
    retry_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="retries"
    )
    needs_approval = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    provider_key = models.CharField(max_length=80, unique=True)
    provider_reference = models.CharField(max_length=255, null=True, blank=True, unique=True)
    failure_code = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a sweep took it up again."
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When a sweep last did.")
    flag = models.CharField(
        max_length=40,
        choices=RefundFlag.choices,
        default=RefundFlag.NONE,
        blank=True,
        help_text="Why a person must look.",
    )
    reversed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider took a success back."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        permissions = [("approve_refund", "Can approve or reject refunds")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(
                    shipping_amount__gte=0,
                    shipping_tax_amount__gte=0,
                    shipping_tax_amount__lte=F("shipping_amount"),
                    other_amount__gte=0,
                    tax_amount__gte=0,
                    tax_amount__lte=F("amount"),
                    amount__gte=F("shipping_amount") + F("other_amount"),
                ),
                name="refund_parts",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RefundStatus.values), name="refund_status_known"
            ),
            models.CheckConstraint(
                condition=Q(reversed_at__isnull=True) | Q(status="succeeded"),
                name="refund_reversed_after_success",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | Q(approved_by="")
                | ~Q(approved_by=F("requested_by")),
                name="refund_second_person",
            ),
            models.UniqueConstraint(
                fields=["retry_of"],
                condition=~Q(status__in=["rejected", "cancelled", "failed"]),
                name="refund_one_retry_under_way",
            ),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(cancels_order=True, status__in=IN_FLIGHT),
                name="refund_one_cancellation",
            ),
            models.UniqueConstraint(
                fields=["payment_id"],
                condition=Q(is_orphan=True, source="shop", reversed_at__isnull=True)
                & ~Q(status__in=["rejected", "cancelled", "failed"]),
                name="refund_one_of_orphan",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="refund_by_status")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_kept(self) -> bool:
        """The money is gone for good: the provider gave it back and did not reverse it."""
        return self.status == RefundStatus.SUCCEEDED and self.reversed_at is None

    def move_to(
        self, target: RefundStatus, *, actor: str, now: datetime, why: str = "", **fields: Any
    ) -> None:
        """Take one step and write its event row (REF-008).

        Raises InvalidTransition, before anything is written.
        """
        REFUND.check(self.status, target)
        self.status = target
        self.updated_at = now
        for field, value in fields.items():
            setattr(self, field, value)
        self.save(update_fields=["status", "updated_at", *fields])
        self.events.create(step=target, actor=actor, why=why[:500], at=now)


class RefundLine(models.Model):
    """How many of an order's line are refunded, for how much, and what becomes of the goods."""

    id = models.BigAutoField(primary_key=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    order_line_id = models.UUIDField(db_index=True)
    quantity = models.PositiveIntegerField()
    amount = models.BigIntegerField(help_text="Tax contained.")
    tax_amount = models.BigIntegerField(default=0)
    restock = models.CharField(max_length=10, choices=Restock.choices, default=Restock.NONE)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "order_line_id"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="refund_line_quantity"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, tax_amount__gte=0, tax_amount__lte=F("amount")),
                name="refund_line_amount",
            ),
            models.CheckConstraint(
                condition=Q(restock__in=Restock.values), name="refund_line_restock_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_line_id}"


class RefundEvent(models.Model):
    """Who did what to a refund, when and why; kept two years (REF-008)."""

    id = models.BigAutoField(primary_key=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="events")
    step = models.CharField(max_length=30)
    actor = models.CharField(max_length=80)
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.step} by {self.actor}"
