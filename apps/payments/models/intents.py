"""Attempts to collect money, and requests to capture it."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from apps.payments.models.accounts import provider_field
from apps.payments.states import CAPTURE, INTENT, CaptureStatus, IntentStatus
from apps.shared.encryption import EncryptedJSONField
from apps.shared.fast_rows import write
from apps.shared.ids import public_id
from apps.shared.models import Identified, currency_field
from apps.shared.text import storable


class PaymentIntent(Identified):
    """Our attempt to collect one order's total through one provider.

    PAY-001: one active intent per order; and never two that took money.
    """

    id_prefix = "pay"

    order_id = models.UUIDField(db_index=True)
    provider = provider_field()
    status = models.CharField(
        max_length=10, choices=IntentStatus.choices, default=IntentStatus.PROCESSING
    )
    amount = models.BigIntegerField()
    currency = currency_field()
    provider_reference = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    capture_reference = models.CharField(
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text="What the provider calls the taking of the money, where that has its own name.",
    )
    # What the shopper's client needs. The column is older than the second provider.
    client = EncryptedJSONField(db_column="client_secret")
    return_url = models.CharField(max_length=2000, blank=True, default="", db_default="")
    is_captured_by_hand = models.BooleanField(default=False, db_default=False)
    amount_capturable = models.BigIntegerField(
        default=0, db_default=0, help_text="Agreed to by the shopper, and not taken yet."
    )
    amount_released = models.BigIntegerField(
        default=0, db_default=0, help_text="Agreed to, and never taken: less was captured."
    )
    failure_code = models.CharField(max_length=100, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    flag = models.CharField(
        max_length=40,
        blank=True,
        help_text="Why a person must look: what the provider says differs.",
    )
    resolved_at = models.DateTimeField(
        null=True, blank=True, help_text="When the flagged money was taken or given back (PAY-008)."
    )
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When we last asked the provider how it stands."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(status="processing"),
                name="payment_intent_one_active",
            ),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(status="succeeded"),
                name="payment_intent_one_succeeded",
            ),
            # NULLs are distinct: an intent that the provider has not answered yet has none.
            models.UniqueConstraint(
                fields=["provider", "provider_reference"], name="payment_intent_reference"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_intent_amount"),
            models.CheckConstraint(
                condition=Q(amount_released=0)
                | Q(
                    status="succeeded",
                    is_captured_by_hand=True,
                    amount_released__gt=0,
                    amount_released__lt=F("amount"),
                ),
                name="payment_intent_released",
            ),
            models.CheckConstraint(
                condition=Q(status__in=IntentStatus.values), name="payment_intent_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="payment_intent_under_way",
                condition=Q(status="processing"),
            ),
            models.Index(
                fields=["asked_at"],
                name="payment_intent_to_resolve",
                condition=~Q(flag="") & Q(resolved_at__isnull=True),
            ),
            models.Index(
                fields=["provider", "capture_reference"],
                name="payment_intent_by_capture",
                condition=~Q(capture_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount_captured(self) -> int:
        """What was taken of it, in minor units."""
        is_taken = self.status == IntentStatus.SUCCEEDED
        return self.amount - self.amount_released if is_taken else 0

    def move_to(self, target: IntentStatus, *, now: datetime, **fields: str | int) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        INTENT.check(self.status, target)
        self.status = target
        self.updated_at = now
        for field, value in fields.items():
            setattr(self, field, value)
        write(self, ["status", "updated_at", *fields])


class PaymentCapture(models.Model):
    """Somebody of the shop asked for money of an authorized payment: one at a time, one in all.

    The provider's key is made of it, so that another amount after a refusal is another capture.
    """

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="captures")
    status = models.CharField(
        max_length=10, choices=CaptureStatus.choices, default=CaptureStatus.REQUESTED
    )
    amount = models.BigIntegerField()
    currency = currency_field()
    failure_code = models.CharField(max_length=100, blank=True)
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(status__in=["requested", "succeeded"]),
                name="payment_capture_one_standing",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_capture_amount"),
            models.CheckConstraint(
                condition=Q(status__in=CaptureStatus.values), name="payment_capture_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.status})"

    @property
    def provider_key(self) -> str:
        """Under which the provider captures once (PAY-004)."""
        return f"{public_id('pay', self.payment_id)}:capture:{self.pk}"

    def move_to(self, target: CaptureStatus, *, now: datetime, failure_code: str = "") -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        CAPTURE.check(self.status, target)
        self.status = target
        self.ended_at = now
        self.failure_code = storable(failure_code)[:100]
        write(self, ["status", "ended_at", "failure_code"])
