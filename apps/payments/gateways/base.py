"""What every payment provider can do, in our words. Amounts are our minor units on this side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        """Check the signature over the raw body. Raises InvalidSignature."""

    def intent_in_event(self, body: bytes) -> ProviderIntent | None:
        """The payment that a verified webhook tells of; None when it is about something else."""
