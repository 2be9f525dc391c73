"""What happens to refunds."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Somebody wants money of an order given back. Amount in minor units."""

    name = "refunds.refund.requested"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str
    amount: int
    currency: str
    needs_approval: bool


@dataclass(frozen=True, kw_only=True)
class RefundApproved(Event):
    """The refund may be sent to the provider."""

    name = "refunds.refund.approved"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class RefundRejected(Event):
    """A second person said no."""

    name = "refunds.refund.rejected"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class RefundCancelled(Event):
    """The request was taken back before anybody decided on it."""

    name = "refunds.refund.cancelled"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class RefundSucceeded(Event):
    """The provider has given the money back; stock, books and order say so too."""

    name = "refunds.refund.succeeded"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str
    amount: int
    currency: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event):
    """The provider did not give the money back; the refund can be tried again."""

    name = "refunds.refund.failed"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str
    failure_code: str


@dataclass(frozen=True, kw_only=True)
class RefundReversed(Event):
    """Money that was given back returned to the shop: the customer has not got it (R4)."""

    name = "refunds.refund.reversed"
    aggregate_field = "refund_id"

    refund_id: str
    order_id: str
    amount: int
    currency: str
    failure_code: str
