"""Money and references: attempts to collect it, and what the providers told us."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.shared.encryption import EncryptedJSONField, EncryptedMapField
from apps.shared.fast_rows import write
from apps.shared.models import Identified, currency_field
from apps.shared.text import storable

from .states import (
    DISPUTE,
    INTENT,
    PROVIDER_EVENT,
    DisputeStatus,
    IntentStatus,
    ProviderEventState,
)


def provider_field(*, unique: bool = False) -> "models.CharField[str, str]":
    """A provider's code. Which there are is known to the gateways, not to the database."""
    return models.CharField(max_length=20, unique=unique)


class PaymentAccount(models.Model):
    """The shop's own account at a provider; what it consists of, the provider's folder declares.

    Secrets are encrypted at rest, one by one, and never shown again.
    """

    id = models.BigAutoField(primary_key=True)
    provider = provider_field(unique=True)
    settings = models.JSONField(default=dict)
    secrets = EncryptedMapField()
    is_active = models.BooleanField(
        default=True, help_text="Offered to shoppers. What began through it goes on either way."
    )
    position = models.PositiveSmallIntegerField(default=1)
    is_captured_by_hand = models.BooleanField(
        "Capture by hand",
        default=False,
        db_default=False,
        help_text="Shoppers agree to pay, and the money is taken when somebody asks for it.",
    )
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Calls that failed since one went well."
    )
    passed_over_until = models.DateTimeField(
        null=True, blank=True, help_text="It does not answer: shoppers are offered the next one."
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.provider


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

    def move_to(self, target: IntentStatus, *, now: datetime, **fields: str) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        INTENT.check(self.status, target)
        self.status = target
        self.updated_at = now
        for field, value in fields.items():
            setattr(self, field, value)
        write(self, ["status", "updated_at", *fields])


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


class ProviderEvent(models.Model):
    """A webhook as it came: verified, stored once, then worked on (PAY-006, PAY-007)."""

    id = models.BigAutoField(primary_key=True)
    provider = provider_field()
    account = models.CharField(max_length=255, blank=True)
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=100)
    headers = models.JSONField()
    body = models.BinaryField()
    state = models.CharField(
        max_length=10, choices=ProviderEventState.choices, default=ProviderEventState.RECEIVED
    )
    outcome = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is taken up if nobody has worked on it by then."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "event_id"], name="provider_event_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProviderEventState.values), name="provider_event_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="provider_event_by_state"),
            models.Index(
                fields=["next_try_at"],
                name="provider_event_to_try",
                condition=Q(next_try_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    def move_to(
        self,
        target: ProviderEventState,
        *,
        now: datetime,
        outcome: str,
        attempts: int = 0,
        next_try_at: datetime | None = None,
    ) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        # Parked once more is no step: it only waits for another try.
        if not self.state == target == ProviderEventState.PARKED:
            PROVIDER_EVENT.check(self.state, target)
        self.state = target
        self.outcome = storable(outcome)[:200]
        self.processed_at = now if target == ProviderEventState.PROCESSED else None
        self.attempts = attempts
        self.next_try_at = next_try_at
        write(self, ["state", "outcome", "processed_at", "attempts", "next_try_at"])
