from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import UnknownProviderObject
from apps.payments.gateways import line_to
from apps.payments.gateways.base import Fact, ProviderIntent, ProviderRefund, RefundsChanged
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.payments.services._apply_provider_intent import apply_provider_intent
from apps.payments.services._report_provider_refund import report_provider_refund
from apps.payments.services._report_refunds_changed import report_refunds_changed
from apps.payments.states import ProviderEventState
from apps.shared.db import joins_transaction
from apps.shared.ids import parse_public_id
from apps.shared.schema import current_schema


@joins_transaction
def apply_provider_event(*, provider_event_id: int, now: datetime) -> None:
    """Work on a stored webhook, once; a second call finds it processed.

    Raises UnknownProviderObject: the delivery is tried again later, and becomes a dead letter when
    the object stays unknown (PAY-006).
    """
    stored = selectors.provider_event_for_update(provider_event_id=provider_event_id)
    if stored.state == ProviderEventState.PROCESSED:
        return
    line = line_to(selectors.account_of(provider=stored.provider))
    facts = line.facts_in_webhook(body=bytes(stored.body), headers=stored.headers)
    outcomes = [_apply(stored, fact, now) for fact in facts]
    outcome = ", ".join(outcomes) or "ignored"
    stored.move_to(ProviderEventState.PROCESSED, now=now, outcome=outcome[:200])


def _apply(stored: ProviderEvent, fact: Fact, now: datetime) -> str:
    if isinstance(fact, ProviderIntent):
        return apply_provider_intent(intent=_intent_of(stored, fact), fact=fact, now=now)
    intent = _known(stored, fact.payment_reference)
    if isinstance(fact, ProviderRefund):
        return report_provider_refund(intent=intent, fact=fact, now=now)
    if isinstance(fact, RefundsChanged):
        return report_refunds_changed(intent=intent, now=now)
    return "ignored"


def _intent_of(stored: ProviderEvent, fact: ProviderIntent) -> PaymentIntent:
    """Ours by reference, or by the id that we sent along: the webhook may be faster than our own
    answer was written down (PAY-007)."""
    is_ours = fact.metadata.get("tenant") == current_schema()
    intent_id = parse_public_id("pay", fact.metadata.get("payment", "")) if is_ours else None
    if intent_id is not None:
        unanswered = PaymentIntent.objects.select_for_update().filter(
            pk=intent_id, provider=stored.provider, provider_reference=None
        )
        if (found := unanswered.first()) is not None:
            return found
    return _known(stored, fact.reference)


def _known(stored: ProviderEvent, reference: str) -> PaymentIntent:
    found = selectors.intent_of_reference_for_update(provider=stored.provider, reference=reference)
    if found is None:
        raise UnknownProviderObject(f"{stored.provider} {reference}")
    return found
