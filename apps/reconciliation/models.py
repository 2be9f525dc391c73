"""What was found when the providers' word was compared with ours. Kept with the books (FIN-006).

Fees and payouts are between shop and provider: no total of an order or of the books has them in it.
"""

from django.db import models

from apps.shared.models import currency_field

from .states import PAYOUT, DifferenceKind, MovementKind, PayoutStatus


class Reconciliation(models.Model):
    """One provider's day (UTC, by the provider's clock), as it was when it was last compared."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    on = models.DateField()
    run_at = models.DateTimeField()
    figures = models.JSONField(help_text="Sums by currency: Figures of apps.reconciliation.dto.")
    difference_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "on"], name="reconciliation_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.on}"


class ReconciliationDifference(models.Model):
    """One thing on which we did not agree. `outcome` is what handing it over gave, if it was."""

    id = models.BigAutoField(primary_key=True)
    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.CASCADE, related_name="differences"
    )
    kind = models.CharField(max_length=40, choices=DifferenceKind.choices)
    reference = models.CharField(max_length=255, blank=True)
    currency = currency_field()
    provider_amount = models.BigIntegerField(null=True, blank=True)
    local_amount = models.BigIntegerField(null=True, blank=True)
    payment_id = models.UUIDField(null=True, blank=True)
    refund_id = models.UUIDField(null=True, blank=True)
    order_id = models.UUIDField(null=True, blank=True)
    outcome = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=DifferenceKind.values),
                name="reconciliation_difference_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Payout(models.Model):
    """Money that a provider sent from the shop's balance to its bank, as the provider tells it."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = currency_field()
    status = models.CharField(
        max_length=10, choices=PayoutStatus.choices, default=PayoutStatus.UNDER_WAY
    )
    made_at = models.DateTimeField()
    is_itemized = models.BooleanField(help_text="The provider says what it consists of.")
    read_at = models.DateTimeField(
        null=True, blank=True, help_text="When all that it consists of had been read."
    )
    report_on = models.DateField(
        null=True, blank=True, help_text="The day whose report tells what does not fit of it."
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="payout_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=PayoutStatus.values), name="payout_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "made_at"], name="payout_by_day"),
            models.Index(fields=["provider", "report_on"], name="payout_by_report"),
        ]

    def __str__(self) -> str:
        return self.reference

    def move_to(self, target: PayoutStatus) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        PAYOUT.check(self.status, target)
        self.status = target
        self.save(update_fields=["status"])


class ProviderMovement(models.Model):
    """An entry in the shop's balance at a provider: what it took or gave back, and kept for that.

    `amount`, `fee` and `tax` are in minor units of `currency`, the balance's, which may be another
    than the payment's. What reached the balance is amount less fee.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    payment_reference = models.CharField(max_length=255, blank=True)
    payment_id = models.UUIDField(
        null=True, blank=True, help_text="Our payment; none for money that we do not know."
    )
    amount = models.BigIntegerField()
    currency = currency_field()
    fee = models.BigIntegerField(null=True, blank=True, help_text="Empty: not told yet.")
    tax = models.BigIntegerField(default=0, help_text="A part of the fee.")
    moved_at = models.DateTimeField()
    payout = models.ForeignKey(
        Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="movements"
    )

    class Meta:
        ordering = ["moved_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="movement_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=MovementKind.values), name="movement_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "moved_at"], name="movement_by_day"),
            models.Index(
                fields=["payment_id"],
                name="movement_by_payment",
                condition=models.Q(payment_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def net(self) -> int:
        """What the balance gained by it."""
        return self.amount - (self.fee or 0)
