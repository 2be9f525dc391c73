from django.db import models

from apps.shared.states import StateMachine


class DifferenceKind(models.TextChoices):
    """How the provider's word and ours differ (docs/runbooks/reconciliation.md)."""

    PAYMENT_UNKNOWN = "payment_unknown", "taken at the provider, unknown here"
    PAYMENT_NOT_TAKEN = "payment_not_taken", "taken at the provider, not paid here"
    PAYMENT_AMOUNT = "payment_amount_differs", "another amount was taken"
    PAYMENT_NOT_BOOKED = "payment_not_booked", "taken, and not on the books"
    PAYMENT_MISSING = "payment_missing_at_provider", "paid here, not taken at the provider"
    ORPHAN_OPEN = "orphan_open", "of no use to an order, not given back yet"
    REFUND_UNKNOWN = "refund_unknown", "given back at the provider, unknown here"
    REFUND_NOT_TAKEN = "refund_not_taken", "given back at the provider, not done here"
    REFUND_AMOUNT = "refund_amount_differs", "another amount was given back"
    REFUND_NOT_BOOKED = "refund_not_booked", "given back, and not on the books"
    REFUND_FAILED = "refund_failed_at_provider", "done here, failed at the provider"
    REFUND_MISSING = "refund_missing_at_provider", "done here, unknown at the provider"
    FEE_CHANGED = "fee_changed", "another fee than was told before"
    NOT_PAID_OUT = "payment_not_paid_out", "taken, and in no payout for long"
    PAYOUT_UNKNOWN = "payout_holds_unknown_money", "paid out, unknown here"
    PAYOUT_AMOUNT = "payout_does_not_add_up", "another amount than what it consists of"
    PAYOUT_FAILED = "payout_failed", "the bank sent a payout back"
    FEES_NOT_TOLD = "fees_not_told", "fees and payouts could not be read"


class MovementKind(models.TextChoices):
    """As apps.payments.gateways.base.MovementKind."""

    CAPTURE = "capture"
    REFUND = "refund"
    OTHER = "other"


class PayoutStatus(models.TextChoices):
    """As apps.payments.gateways.base.PayoutState."""

    UNDER_WAY = "under_way"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


# The provider's word is taken whatever it said before.
PAYOUT = StateMachine(
    name="payout",
    initial=PayoutStatus.UNDER_WAY,
    transitions={one: frozenset(set(PayoutStatus) - {one}) for one in PayoutStatus},
)
