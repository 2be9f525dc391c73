"""What a shopper, a merchant and a bank do at PayPal and Razorpay, under one set of names.

Every account bears the name of the shop's schema.
"""

from abc import ABC, abstractmethod
from typing import Any

from apps.payments import services as payments
from apps.payments.models import PaymentAccount
from tests.simulator.desks import Desk, PayPalDesk, RazorpayDesk
from tests.simulator.running import RunningSimulator

Json = dict[str, Any]


class Till(ABC):
    """One shop's account at one provider of the simulator."""

    code: str
    desk: Desk
    # The call that makes a payment, and what the simulator does in the way of it.
    create_route: str
    tells_of_failed_refunds = True

    @abstractmethod
    def connect(self, webhook_url: str) -> None:
        """Have the shop take money here, and nowhere else. Django must be in its schema."""

    @abstractmethod
    def pay(self, reference: str, *, amount: str = "") -> Json:
        """The shopper pays. `amount` in major units makes it another one than was asked for.
        Answers with what the provider's script hands to the shop's page."""

    @abstractmethod
    def decline(self, reference: str) -> None:
        """The shopper tries with something that is declined."""

    @abstractmethod
    def capture_of(self, reference: str) -> str:
        """What the provider calls the taking of a payment's money."""

    @abstractmethod
    def refund(self, reference: str) -> str:
        """A refund in the dashboard, of all that a payment took; its reference."""

    @abstractmethod
    def fail_refund(self, reference: str) -> None:
        """The bank sends a refund back."""

    @abstractmethod
    def dispute(self, reference: str, *, amount: str = "") -> str:
        """The payer wants the money back, or an `amount` in major units. The reference."""

    @abstractmethod
    def decide_dispute(self, dispute: str, verdict: str) -> None:
        """`verdict`: review, won or lost."""

    @abstractmethod
    def event_type(self, event: Json) -> str: ...

    def ledger(self) -> list[tuple[str, int]]:
        entries = self.desk.simulator.ledger(self.desk.account)
        return [(one["kind"], one["amount"]) for one in entries]

    def _save(self, values: Json, webhook_url: str) -> None:
        PaymentAccount.objects.exclude(provider=self.code).update(is_active=False)
        payments.connect_account(provider=self.code, values=values, webhook_url=webhook_url)


class PayPalTill(Till):
    code = "paypal"
    create_route = "POST /paypal/v2/checkout/orders"
    tells_of_failed_refunds = False

    def __init__(self, simulator: RunningSimulator, account: str) -> None:
        self.desk: PayPalDesk = PayPalDesk(simulator, account)

    def connect(self, webhook_url: str) -> None:
        self._save(self.desk.values, webhook_url)

    def pay(self, reference: str, *, amount: str = "") -> Json:
        takes = {"takes": {"currency_code": "USD", "value": amount}} if amount else {}
        approved = self.desk.approve(reference, **takes)
        return {"orderID": reference, "payerID": approved["payer"]["payer_id"]}

    def decline(self, reference: str) -> None:
        self.desk.approve(reference, instrument="declined")

    def capture_of(self, reference: str) -> str:
        events = [one["resource"] for one in self.desk.events()]
        return next(
            str(one["id"])
            for one in events
            if one.get("supplementary_data", {}).get("related_ids", {}).get("order_id") == reference
        )

    def refund(self, reference: str) -> str:
        return str(self.desk.refund(self.capture_of(reference))["id"])

    def fail_refund(self, reference: str) -> None:
        self.desk.decide_refund(reference, "failed")

    def dispute(self, reference: str, *, amount: str = "") -> str:
        wanted = {"currency_code": "USD", "value": amount} if amount else None
        return str(self.desk.dispute(self.capture_of(reference), wanted)["dispute_id"])

    def decide_dispute(self, dispute: str, verdict: str) -> None:
        outcomes = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}
        status = "RESOLVED" if verdict in outcomes else "UNDER_REVIEW"
        self.desk.decide_dispute(dispute, status, outcomes.get(verdict, ""))

    def event_type(self, event: Json) -> str:
        return str(event["event_type"])


class RazorpayTill(Till):
    code = "razorpay"
    create_route = "POST /razorpay/v1/orders"

    def __init__(self, simulator: RunningSimulator, account: str) -> None:
        self.desk: RazorpayDesk = RazorpayDesk(simulator, account)

    def connect(self, webhook_url: str) -> None:
        self._save(self.desk.values, webhook_url)
        self.desk.add_webhook(webhook_url)

    def pay(self, reference: str, *, amount: str = "") -> Json:
        other = {"amount": int(amount.replace(".", ""))} if amount else {}
        return self.desk.pay(reference, **other)

    def decline(self, reference: str) -> None:
        self.desk.pay(reference, outcome="failed")

    def capture_of(self, reference: str) -> str:
        payments = [one["payload"]["payment"]["entity"] for one in self.desk.events()]
        return next(
            str(one["id"]) for one in payments if one["order_id"] == reference and one["captured"]
        )

    def refund(self, reference: str) -> str:
        return str(self.desk.refund(self.capture_of(reference))["id"])

    def fail_refund(self, reference: str) -> None:
        self.desk.decide_refund(reference, "failed")

    def dispute(self, reference: str, *, amount: str = "") -> str:
        wanted = int(amount.replace(".", "")) if amount else None
        return str(self.desk.dispute(self.capture_of(reference), wanted)["id"])

    def decide_dispute(self, dispute: str, verdict: str) -> None:
        statuses = {"review": "under_review"}
        self.desk.decide_dispute(dispute, statuses.get(verdict, verdict))

    def event_type(self, event: Json) -> str:
        return str(event["event"])


TILLS: tuple[type[Till], ...] = (PayPalTill, RazorpayTill)
