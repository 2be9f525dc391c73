"""What payers want back through their banks."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.payments.models.accounts import provider_field
from apps.payments.models.intents import PaymentIntent
from apps.payments.states import DISPUTE, DisputeStatus
from apps.shared.models import currency_field


class PaymentDispute(models.Model):
    """A payer wants the money of a payment back through their bank."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="disputes")
    provider = provider_field()
    reference = models.CharField(max_length=255)
    status = models.CharField(
        max_length=10, choices=DisputeStatus.choices, default=DisputeStatus.OPEN
    )
    amount = models.BigIntegerField()
    currency = currency_field()
    reason = models.CharField(max_length=100, blank=True)
    evidence_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Until then the provider takes the shop's evidence."
    )
    deducted_amount = models.BigIntegerField(
        null=True, blank=True, help_text="What the provider said that it took back for it."
    )
    fee_amount = models.BigIntegerField(
        default=0, db_default=0, help_text="What the provider charged for the dispute."
    )
    fee_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    booking_id = models.UUIDField(
        null=True, blank=True, help_text="Under which the lost money is on the books."
    )
    booked_amount = models.BigIntegerField(
        default=0, db_default=0, help_text="Taken back by the provider, and debited in the books."
    )
    told_at = models.DateTimeField(help_text="When the provider said the last of it.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"], name="payment_dispute_reference"
            ),
            models.CheckConstraint(
                condition=Q(status__in=DisputeStatus.values), name="payment_dispute_status_known"
            ),
            models.CheckConstraint(
                condition=Q(booking_id__isnull=True, booked_amount=0)
                | Q(booking_id__isnull=False, booked_amount__gt=0),
                name="payment_dispute_booking",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def lost_amount(self) -> int:
        """What the provider has taken back, or will have, when it is lost."""
        return self.amount if self.deducted_amount is None else self.deducted_amount

    def move_to(self, target: DisputeStatus, *, told_at: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        DISPUTE.check(self.status, target)
        self.status = target
        self.told_at = told_at
        self.save(update_fields=["status", "told_at"])
