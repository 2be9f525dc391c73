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


class CaptureStatus(models.TextChoices):
    """Of a capture that somebody asked for: FAILED took nothing, and another may be asked for."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


CAPTURE = StateMachine(
    name="payment_capture",
    initial=CaptureStatus.REQUESTED,
    transitions={
        CaptureStatus.REQUESTED: frozenset({CaptureStatus.SUCCEEDED, CaptureStatus.FAILED}),
        CaptureStatus.SUCCEEDED: frozenset(),
        CaptureStatus.FAILED: frozenset(),
    },
)


class ProviderEventState(models.TextChoices):
    """Of a stored webhook: a parked one waits for its next try, a dead one for a person."""

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
            {ProviderEventState.RECEIVED, ProviderEventState.PROCESSED, ProviderEventState.DEAD}
        ),
        # Whatever became of it, a person may have it worked on once more.
        ProviderEventState.PROCESSED: frozenset({ProviderEventState.RECEIVED}),
        ProviderEventState.DEAD: frozenset({ProviderEventState.RECEIVED}),
    },
)


OPEN_WEBHOOKS = (ProviderEventState.RECEIVED, ProviderEventState.PARKED)


class DisputeStatus(models.TextChoices):
    """As apps.payments.gateways.base.DisputeState: OPEN waits for the shop's evidence."""

    OPEN = "open"
    REVIEW = "review"
    WON = "won"
    LOST = "lost"


# Of two words of one moment the one further on holds.
DISPUTE_RANK = {one: rank for rank, one in enumerate(DisputeStatus)}
# Banks change their minds: only time orders what is said of a dispute.
DISPUTE = StateMachine(
    name="payment_dispute",
    initial=DisputeStatus.OPEN,
    transitions={one: frozenset(set(DisputeStatus) - {one}) for one in DisputeStatus},
)


# The providers' reasons that we tell apart in metrics; there are many more, and new ones come.
_KNOWN_FAILURES = frozenset(
    """
    authentication_required card_declined card_not_supported do_not_honor expired_card
    fraudulent generic_decline incorrect_cvc incorrect_number insufficient_funds lost_card
    payment_intent_authentication_failure processing_error stolen_card
    """.split()
)


def known_failure(code: str) -> str:
    """A provider's failure code, or `other`: what providers send makes no new labels."""
    return code if code in _KNOWN_FAILURES else "other"
