"""One shop's line to one provider: what the services call, and every provider does its own way."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.base import (
    Fact,
    IntentRequest,
    ProviderCapture,
    ProviderDispute,
    ProviderIntent,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    RefundRequest,
    WebhookEnvelope,
)


class Gateway(ABC):
    """Calls that reach the provider raise ProviderUnavailable (it may have happened: send again
    with the same `key`), ProviderRefused or PaymentDeclined.

    What a provider has no notion of is left out, and said in its `Capabilities`; whoever calls it
    all the same gets ProviderRefused.
    """

    @abstractmethod
    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        """Make a payment, once per `key` (PAY-004), and say what the shopper's client needs."""

    @abstractmethod
    def fetch_intent(self, reference: str) -> ProviderIntent:
        """How the payment stands now."""

    def fetch_intents(self, references: Sequence[str]) -> list[ProviderIntent]:
        """How several stand now; as many as `Capabilities.most_per_poll` in one call."""
        return [self.fetch_intent(one) for one in references]

    def check_return(self, *, reference: str, returned: Mapping[str, str]) -> None:
        """What the provider gave the shopper's client is genuine. Raises InvalidSignature.

        No more than a reason to ask the provider: it makes nothing paid (ORDER-005). By default
        there is nothing to check.
        """
        return

    def authorize_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """Have the money of an APPROVED payment held, once per `key`. One that is further on is
        returned as it is."""
        _not_supported("authorization")

    def capture_intent(
        self, reference: str, *, amount: int, currency: str, key: str
    ) -> ProviderIntent:
        """Take the money of an AUTHORIZED payment, once per `key`. One that is captured already is
        returned as it is."""
        _not_supported("capture")

    @abstractmethod
    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """Give the payment up. One that succeeded meanwhile is returned as it is."""

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        """Give money back, once per `key`. ProviderRefused: nothing was given back."""
        _not_supported("refunds")

    def fetch_refund(self, reference: str) -> ProviderRefund:
        """How the refund stands now."""
        _not_supported("refunds")

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        """Every refund of a payment, whoever made it, oldest first."""
        return []

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        """How the dispute stands now."""
        _not_supported("disputes")

    def disputes_between(self, *, since: datetime, until: datetime) -> list[ProviderDispute]:
        """Disputes that were opened in [since, until) on the account, and maybe more. By default
        there are none."""
        return []

    def captures_between(self, *, since: datetime, until: datetime) -> list[ProviderCapture]:
        """All money taken in [since, until) on the account, whoever asked for it, oldest first."""
        _not_supported("lists")

    def refunds_between(self, *, since: datetime, until: datetime) -> list[ProviderRefund]:
        """All refunds made in [since, until) on the account, whoever made them, oldest first."""
        _not_supported("lists")

    def movements_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderMovement]:
        """What moved the balance in [since, until) for captures and refunds, with its fees, in any
        order. Asks for a page when the one before is used up."""
        _not_supported("fees")

    def payouts_between(self, *, since: datetime, until: datetime) -> Iterator[ProviderPayout]:
        """Payouts made in [since, until), in any order, page by page."""
        _not_supported("payouts")

    def movements_of_payout(self, payout: ProviderPayout) -> Iterator[ProviderMovement]:
        """All that an itemized payout consists of, in any order, page by page: amounts less fees
        come to its amount."""
        _not_supported("payouts")

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        """Check the signature over the raw body, in constant time, against every secret that is
        live, and its time against `now` (seconds since 1970), past and future. Raises
        InvalidSignature; UnreadableWebhook of one that is signed, and nested too deep."""
        _not_supported("webhooks")

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Fact]:
        """What a verified webhook tells, in our words; nothing when it is about something else.

        Runs inside a transaction: it reads, and asks nobody.
        """
        _not_supported("webhooks")


def _not_supported(what: str) -> NoReturn:
    raise ProviderRefused("The provider has no notion of this.", reason=f"no_{what}")
