"""What the providers told us, as it came."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.payments.models.accounts import provider_field
from apps.payments.states import PROVIDER_EVENT, ProviderEventState
from apps.shared.fast_rows import write
from apps.shared.text import storable


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
