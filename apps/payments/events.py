"""What happens to payments."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class ProviderEventReceived(Event):
    """A verified webhook was stored and waits to be worked on."""

    name = "payments.provider_event.received"
    aggregate_field = "provider_event_id"

    provider_event_id: int
    provider: str
    event_type: str


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event):
    """The provider has taken what an order is to be charged: `amount` minor units of `currency`.

    `released_amount`: so much less than the order's total, which the shopper had agreed to and the
    shop did not capture. 0 everywhere else: then it is the total, to the last minor unit.
    """

    name = "payments.intent.succeeded"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    provider: str
    amount: int
    currency: str
    released_amount: int = 0


@dataclass(frozen=True, kw_only=True)
class PaymentAttemptFailed(Event):
    """The provider declined an attempt; the shopper may try again with the same payment."""

    name = "payments.intent.attempt_failed"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    failure_code: str


@dataclass(frozen=True, kw_only=True)
class PaymentAuthorized(Event):
    """The shopper has agreed to pay; the money is there for whoever asks for its capture.

    Amount in minor units of `currency`; `is_captured_by_hand`: the shop asks when it likes.
    """

    name = "payments.intent.authorized"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    amount: int
    currency: str
    is_captured_by_hand: bool


@dataclass(frozen=True, kw_only=True)
class PaymentCaptureRequested(Event):
    """Somebody of the shop wants money of an authorized payment to be taken.

    `capture_id` names the request, and its amount; 0: all of it, as was asked before there were
    requests.
    """

    name = "payments.intent.capture_requested"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    capture_id: int = 0


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event):
    """A payer wants the money back through their bank, or that has come to another state.

    Amount in minor units of `currency`; `evidence_due_at` is an ISO time, empty when there is none.
    """

    name = "payments.dispute.changed"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    reference: str
    status: str
    amount: int
    currency: str
    reason: str
    evidence_due_at: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeReported(Event):
    """The provider says that something about a dispute changed: it is to be asked what."""

    name = "payments.dispute.reported"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class PaymentCancelled(Event):
    """The payment was given up; nothing was taken.

    `was_authorized`: its shopper had agreed to it. The authorization was voided, or ran out.
    """

    name = "payments.intent.cancelled"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    was_authorized: bool = False


@dataclass(frozen=True, kw_only=True)
class PaymentFlagged(Event):
    """The provider says something that does not fit: a person must look (PAY-008)."""

    name = "payments.intent.flagged"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    flag: str


@dataclass(frozen=True, kw_only=True)
class OrphanRefunded(Event):
    """Money that no order could take was given back (PAY-008).

    `flag` says why; amount in minor units of `currency`; `refund` is our refund's public id, empty
    when somebody gave it back at the provider's dashboard.
    """

    name = "payments.intent.orphan_refunded"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    amount: int
    currency: str
    flag: str
    refund: str


@dataclass(frozen=True, kw_only=True)
class RefundReported(Event):
    """The provider says how a refund of a payment stands; whoever made it, and maybe again.

    `refund` is our public id when the refund was ours, else empty.
    """

    name = "payments.intent.refund_reported"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
    provider: str
    provider_reference: str
    state: str
    amount: int
    currency: str
    failure_code: str = ""
    refund: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentChanged(Event):
    """The provider says that something about a payment changed: it is to be asked what."""

    name = "payments.intent.changed"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class RefundsChanged(Event):
    """The provider says that something about a payment's refunds changed, and not what."""

    name = "payments.intent.refunds_changed"
    aggregate_field = "payment_id"

    payment_id: str
    order_id: str
