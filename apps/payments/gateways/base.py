"""What we ask of payment providers and what they tell us, in our words.

Amounts are our minor units, currencies ISO 4217 codes in capitals, times aware. A *fact* is the
word of a provider that has been verified: by its signature, or because we asked ourselves
(ORDER-005).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class ProviderState(Enum):
    """Where a payment stands at the provider; only SUCCEEDED means that money was taken.

    APPROVED: the shopper has agreed, and the money is yet to be held: `authorize_intent` does that.
    AUTHORIZED: the shopper has agreed, and the money is there for whoever asks for its capture.
    UNDER_WAY: the shopper has paid, and the money is yet to come (a bank debit): nobody can give it
    up, and an order whose time is up waits for it.
    """

    OPEN = "open"
    APPROVED = "approved"
    AUTHORIZED = "authorized"
    UNDER_WAY = "under_way"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class IntentRequest:
    """What is to be collected. The same for the same payment, however often it is asked for.

    `payment` is our public id; `metadata` comes back with every fact about it. `return_url` is
    where a shopper who was sent away comes back to, empty when the shop names none.
    """

    amount: int
    currency: str
    metadata: dict[str, str]
    payment: str = ""
    return_url: str = ""
    created_at: datetime | None = None
    is_captured_by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class ProviderIntent:
    """A payment as the provider sees it. `amount_received` is what was captured.

    `reference` names the payment, `capture_reference` the taking of its money, where the provider
    has another name for that and tells refunds by it. `client` is what the shopper's client needs
    to go on: a client secret, a link, a QR code; it may open the payment to whoever has it.
    """

    reference: str
    state: ProviderState
    amount_received: int
    currency: str
    client: Mapping[str, str] = field(default_factory=dict, repr=False)
    capture_reference: str = ""
    amount_capturable: int = 0
    failure_code: str = ""
    failure_message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


class ProviderRefundState(Enum):
    """Where a refund stands at the provider. One that failed never succeeds afterwards; one that
    succeeded may still fail, when the customer's bank sends the money back."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """What is to be given back of a payment. `metadata` comes back with every fact about it.

    `capture_reference` is empty when the provider has never told one.
    """

    payment_reference: str
    amount: int
    currency: str
    metadata: dict[str, str]
    capture_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class ProviderRefund:
    """A refund as the provider sees it; `payment_reference` is the payment's or its capture's."""

    reference: str
    payment_reference: str
    state: ProviderRefundState
    amount: int
    currency: str
    failure_code: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class IntentChanged:
    """Something about a payment changed, and the provider's word for what is not proof enough, or
    there is none: it is asked. `reference` is the payment's or its capture's."""

    reference: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RefundsChanged:
    """Something about a payment's refunds changed, and the provider does not say what."""

    payment_reference: str


class DisputeState(Enum):
    """Where a dispute stands: OPEN waits for the shop's evidence, REVIEW for somebody's verdict."""

    OPEN = "open"
    REVIEW = "review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class ProviderDispute:
    """The payer wants the money back through their bank; `payment_reference` is the payment's or
    its capture's. `at` is when the provider said so, None of an answer to our own question: of two
    words the later one holds.

    `deducted` is what the provider has taken back for it, where it says so; else that is the amount
    of one that is LOST. `fee` is what it charges for the dispute, if that is told.
    """

    reference: str
    payment_reference: str
    state: DisputeState
    amount: int
    currency: str
    reason: str
    at: datetime | None
    evidence_due_at: datetime | None = None
    deducted: int | None = None
    fee: int = 0
    fee_currency: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeChanged:
    """Something about a dispute changed, and the provider's word for what is not proof enough: it
    is asked. `payment_reference` is the payment's or its capture's."""

    reference: str
    payment_reference: str


Fact = (
    ProviderIntent
    | IntentChanged
    | ProviderRefund
    | RefundsChanged
    | ProviderDispute
    | DisputeChanged
)


@dataclass(frozen=True, kw_only=True)
class ProviderCapture:
    """Money that a provider took; `payment_reference` is empty when no payment led to it."""

    reference: str
    payment_reference: str
    amount: int
    currency: str
    at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProviderMoney:
    """What moved on an account in a stretch of time, the oldest first."""

    captures: tuple[ProviderCapture, ...] = ()
    refunds: tuple[ProviderRefund, ...] = ()


class MovementKind(Enum):
    """Of what an entry in a balance is. OTHER has no payment: fees of the account, corrections."""

    CAPTURE = "capture"
    REFUND = "refund"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ProviderMovement:
    """An entry in the shop's balance at a provider.

    `amount` is before the fee, negative when money left. `fee` is what the provider kept for it,
    negative when it gave some back, None when it does not say here; `tax` is a part of it. All in
    the balance's currency, which may be another than the payment's. `payment_reference` is the
    payment's or its capture's, empty when no payment led to it.
    """

    reference: str
    kind: MovementKind
    amount: int
    currency: str
    at: datetime
    fee: int | None = None
    tax: int = 0
    payment_reference: str = ""


class PayoutState(Enum):
    """Where a payout stands; one that was paid may still fail, when the bank sends it back."""

    UNDER_WAY = "under_way"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class ProviderPayout:
    """Money that a provider sent from the shop's balance to its bank.

    `is_itemized`: the provider says what it consists of; `is_complete`: it does so by now.
    """

    reference: str
    amount: int
    currency: str
    state: PayoutState
    at: datetime
    is_itemized: bool = True
    is_complete: bool = True


@dataclass(frozen=True, kw_only=True)
class WebhookEnvelope:
    """A webhook whose signature was good. `account` tells apart accounts that share a URL;
    `sent_at` is the signed time, where there is one."""

    event_id: str
    event_type: str
    account: str = ""
    sent_at: datetime | None = None
