from django.db import models

from apps.shared.states import StateMachine


class IntentStatus(models.TextChoices):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


INTENT = StateMachine(
    name="payment_intent",
    initial=IntentStatus.PROCESSING,
    transitions={
        IntentStatus.PROCESSING: frozenset(
            {IntentStatus.SUCCEEDED, IntentStatus.FAILED, IntentStatus.CANCELLED}
        ),
        IntentStatus.SUCCEEDED: frozenset(),
        IntentStatus.FAILED: frozenset(),
        IntentStatus.CANCELLED: frozenset(),
    },
)


class ProviderEventState(models.TextChoices):
    """Of a stored webhook: a parked one waits for an object that we do not know yet."""

    RECEIVED = "received"
    PROCESSED = "processed"
    PARKED = "parked"
    DEAD = "dead"


PROVIDER_EVENT = StateMachine(
    name="provider_event",
    initial=ProviderEventState.RECEIVED,
    transitions={
        ProviderEventState.RECEIVED: frozenset(
            {ProviderEventState.PROCESSED, ProviderEventState.PARKED, ProviderEventState.DEAD}
        ),
        ProviderEventState.PARKED: frozenset(
            {ProviderEventState.PROCESSED, ProviderEventState.DEAD}
        ),
        ProviderEventState.PROCESSED: frozenset(),
        ProviderEventState.DEAD: frozenset({ProviderEventState.PROCESSED}),
    },
)
