"""A provider of payments in memory, for tests that walk at random: it keeps a ledger, bears
repetition under a key as Stripe does, and answers as it is told to (its mood).

It never gives back more than it took. Whatever changes in the ledger is told by a webhook, which is
kept, and delivered (or not, or twice, or late) by the test.
"""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import (
    Fact,
    IntentRequest,
    ProviderIntent,
    ProviderRefund,
    ProviderRefundState,
    ProviderState,
    RefundRequest,
    WebhookEnvelope,
)

ACT, PENDING, DECLINE, TIMEOUT, ERROR = "act", "pending", "decline", "timeout", "error"
MOODS = (ACT, PENDING, DECLINE, TIMEOUT, ERROR)


@dataclass
class PretendProvider:
    """`moods` are used up one per call; afterwards all goes well."""

    payments: dict[str, ProviderIntent] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    webhooks: list[bytes] = field(default_factory=list)
    moods: deque[str] = field(default_factory=deque)
    _by_key: dict[str, str] = field(default_factory=dict)

    # What the product calls.

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        mood = self._mood()
        if key not in self._by_key:
            if mood == DECLINE:
                raise ProviderRefused(reason="pretended")
            reference = self._by_key[key] = f"pi_{len(self.payments) + 1}"
            self.amounts[reference] = request.amount
            self._set_payment(
                ProviderIntent(
                    reference=reference,
                    state=ProviderState.OPEN,
                    amount_received=0,
                    currency=request.currency,
                    client={"client_secret": f"{reference}_secret"},
                    metadata=request.metadata,
                )
            )
        self._lose_answer(mood)
        return self.payments[self._by_key[key]]

    def fetch_intent(self, reference: str) -> ProviderIntent:
        self._mood()
        return self.payments[reference]

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        mood = self._mood()
        known = self.payments[reference]
        if known.state is ProviderState.OPEN:
            self._set_payment(replace(known, state=ProviderState.CANCELLED))
        self._lose_answer(mood)
        return self.payments[reference]

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        mood = self._mood()
        if key not in self._by_key:
            if mood == DECLINE:
                raise ProviderRefused(reason="pretended")
            is_done = mood != PENDING
            self._by_key[key] = self._give_back(
                request.payment_reference, request.amount, request.metadata, is_done=is_done
            )
        self._lose_answer(mood)
        return self.refunds[self._by_key[key]]

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return self.refunds[reference]

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        self._mood()
        return [one for one in self.refunds.values() if one.payment_reference == payment_reference]

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        told = json.loads(body)
        return WebhookEnvelope(event_id=told["id"], event_type=told["type"])

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> list[Fact]:
        told = json.loads(body)
        about = told["object"]
        if told["type"] == "payment":
            return [ProviderIntent(**{**about, "state": ProviderState(about["state"])})]
        return [ProviderRefund(**{**about, "state": ProviderRefundState(about["state"])})]

    # What happens at the provider itself.

    def customer_pays(self, reference: str, *, goes_well: bool) -> None:
        """The shopper confirms an open payment; a card that is declined may be followed by
        another one."""
        known = self.payments[reference]
        if known.state is not ProviderState.OPEN:
            return
        if goes_well:
            taken = self.amounts[reference]
            known = replace(known, state=ProviderState.SUCCEEDED, amount_received=taken)
        else:
            known = replace(known, failure_code="card_declined", failure_message="No.")
        self._set_payment(known)

    def refund_in_dashboard(self, reference: str, amount: int, *, is_done: bool) -> None:
        """Somebody of the shop's clicks at the provider's own pages."""
        try:
            self._give_back(reference, amount, {}, is_done=is_done)
        except ProviderRefused:
            return

    def end_refund(self, reference: str, state: ProviderRefundState) -> None:
        """A pending refund ends; one that succeeded may still come back."""
        known = self.refunds[reference]
        may_end = known.state is ProviderRefundState.PENDING
        comes_back = known.state is ProviderRefundState.SUCCEEDED
        if may_end or (comes_back and state is ProviderRefundState.FAILED):
            self._set_refund(replace(known, state=state, failure_code="expired_card"))

    def left_of(self, reference: str) -> int:
        """What was taken and not given back."""
        back = sum(
            one.amount
            for one in self.refunds.values()
            if one.payment_reference == reference and one.state is not ProviderRefundState.FAILED
        )
        return self.payments[reference].amount_received - back

    def _give_back(
        self, payment: str, amount: int, metadata: Mapping[str, str], *, is_done: bool
    ) -> str:
        if not 0 < amount <= self.left_of(payment):
            raise ProviderRefused(reason="more than is left")
        made = ProviderRefund(
            reference=f"re_{len(self.refunds) + 1}",
            payment_reference=payment,
            state=ProviderRefundState.SUCCEEDED if is_done else ProviderRefundState.PENDING,
            amount=amount,
            currency=self.payments[payment].currency,
            metadata=metadata,
        )
        self._set_refund(made)
        return made.reference

    def _mood(self) -> str:
        mood = self.moods.popleft() if self.moods else ACT
        if mood == ERROR:
            raise ProviderUnavailable(reason="pretended")
        return mood

    def _lose_answer(self, mood: str) -> None:
        """It acted, and nobody hears of it."""
        if mood == TIMEOUT:
            raise ProviderUnavailable(reason="pretended")

    def _set_payment(self, payment: ProviderIntent) -> None:
        self.payments[payment.reference] = payment
        self._tell("payment", payment)

    def _set_refund(self, refund: ProviderRefund) -> None:
        self.refunds[refund.reference] = refund
        self._tell("refund", refund)

    def _tell(self, kind: str, about: Any) -> None:
        body = {**vars(about), "state": about.state.value, "metadata": dict(about.metadata)}
        event = {"id": f"evt_{len(self.webhooks) + 1}", "type": kind, "object": body}
        self.webhooks.append(json.dumps(event).encode())
