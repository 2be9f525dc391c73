from django.db import models


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
