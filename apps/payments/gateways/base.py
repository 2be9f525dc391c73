"""What every payment provider can do, in our words. Amounts are our minor units on this side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


class ProviderState(Enum):
    """Where a payment stands at the provider; only SUCCEEDED means that money was taken."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A shop's account at a provider."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class IntentRequest:
    """What is to be collected. `metadata` comes back with every fact about it."""

    amount: int
    currency: str
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ProviderIntent:
    """A payment as the provider sees it. `amount_received` is what was captured."""

    reference: str
    state: ProviderState
    amount_received: int
    currency: str
    client_secret: str = field(default="", repr=False)
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
    """What is to be given back of a payment. `metadata` comes back with every fact about it."""

    payment_reference: str
    amount: int
    currency: str
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ProviderRefund:
    """A refund as the provider sees it."""

    reference: str
    payment_reference: str
    state: ProviderRefundState
    amount: int
    currency: str
    failure_code: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


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


@dataclass(frozen=True, kw_only=True)
class WebhookEnvelope:
    """A webhook whose signature was good."""

    event_id: str
    event_type: str
    account: str = ""


class Gateway(Protocol):
    """One shop's line to one provider.

    Calls that reach the provider raise ProviderUnavailable (may have happened: send again with the
    same `key`), ProviderRefused or PaymentDeclined.
    """

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        """Make a payment, once per `key` (PAY-004)."""

    def fetch_intent(self, reference: str) -> ProviderIntent:
        """How the payment stands now."""

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """Give the payment up. One that succeeded meanwhile is returned as it is."""

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        """Give money back, once per `key`. ProviderRefused: nothing was given back."""

    def fetch_refund(self, reference: str) -> ProviderRefund:
        """How the refund stands now."""

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        """Every refund of a payment, whoever made it, oldest first."""

    def captures_between(self, *, since: datetime, until: datetime) -> list[ProviderCapture]:
        """All money taken in [since, until) on the account, whoever asked for it."""

    def refunds_between(self, *, since: datetime, until: datetime) -> list[ProviderRefund]:
        """All refunds made in [since, until) on the account, whoever made them."""

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        """Check the signature over the raw body. Raises InvalidSignature."""

    def intent_in_event(self, body: bytes) -> ProviderIntent | None:
        """The payment that a verified webhook tells of; None when it is about something else."""

    def refund_in_event(self, body: bytes) -> ProviderRefund | None:
        """The refund of a payment that a verified webhook tells of; None when it tells of none."""

    def refunded_payment_in_event(self, body: bytes) -> str | None:
        """The reference of a payment whose refunds changed, when the webhook says only that."""
