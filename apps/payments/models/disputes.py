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
        ]

    def __str__(self) -> str:
        return self.reference

    def move_to(self, target: DisputeStatus, *, told_at: datetime) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        DISPUTE.check(self.status, target)
        self.status = target
        self.told_at = told_at
        self.save(update_fields=["status", "told_at"])
