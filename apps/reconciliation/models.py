"""What was found when the providers' word was compared with ours. Kept with the books (FIN-006)."""

from django.db import models

from apps.shared.models import currency_field

from .states import DifferenceKind


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
