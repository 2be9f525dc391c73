from django.db import models

from apps.orders.states import PaymentStatus
from apps.shared.states import StateMachine


class RefundStatus(models.TextChoices):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND = StateMachine(
    name="refund",
    initial=RefundStatus.REQUESTED,
    transitions={
        RefundStatus.REQUESTED: frozenset(
            {RefundStatus.APPROVED, RefundStatus.REJECTED, RefundStatus.CANCELLED}
        ),
        RefundStatus.APPROVED: frozenset({RefundStatus.PROCESSING}),
        RefundStatus.PROCESSING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
        RefundStatus.REJECTED: frozenset(),
        RefundStatus.CANCELLED: frozenset(),
        RefundStatus.SUCCEEDED: frozenset(),
        RefundStatus.FAILED: frozenset(),
    },
)
IN_FLIGHT = (RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING)
"""Not given back yet, and no longer free to be given back by another refund (REF-003)."""


class Restock(models.TextChoices):
    """What becomes of the goods of a line when its refund succeeds (REF-004)."""

    NONE = "none", "stay where they are"
    RESERVED = "reserved", "not shipped: release the reservation"
    RETURNED = "returned", "came back: put on the shelf"


class RefundReason(models.TextChoices):
    REQUESTED_BY_CUSTOMER = "requested_by_customer"
    DEFECTIVE = "defective"
    NOT_DELIVERED = "not_delivered"
    ORDER_CANCELLED = "order_cancelled"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    OTHER = "other"


class RefundSource(models.TextChoices):
    """Who made it: the shop through us, or somebody at the provider's own dashboard (REF-006)."""

    SHOP = "shop"
    PROVIDER = "provider"


class RefundFlag(models.TextChoices):
    """Why a person must look at a refund."""

    NONE = "", "–"
    REVERSED = "reversed_by_provider"
    AMOUNT_MISMATCH = "amount_mismatch"
    STOCK_NOT_MOVED = "stock_not_moved"
    STUCK = "stuck"


BOOKED = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)
"""The order's payment is on the books, so that its refunds belong there too."""
