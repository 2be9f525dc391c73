from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import UnknownProviderObject
from apps.payments.gateways import gateway
from apps.payments.gateways.base import Credentials, Gateway, ProviderIntent
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
    account = selectors.account_of(provider=stored.provider)
    line = gateway(stored.provider, Credentials(secret_key=account.secret_key))
    outcome = _apply(stored, line, now)
    stored.move_to(ProviderEventState.PROCESSED, now=now, outcome=outcome)


def _apply(stored: ProviderEvent, line: Gateway, now: datetime) -> str:
    body = bytes(stored.body)
    if (fact := line.intent_in_event(body)) is not None:
        return apply_provider_intent(intent=_intent_of(stored, fact), fact=fact, now=now)
    if (refund := line.refund_in_event(body)) is not None:
        intent = _known(stored, refund.payment_reference)
        return report_provider_refund(intent=intent, fact=refund, now=now)
    if (reference := line.refunded_payment_in_event(body)) is not None:
        return report_refunds_changed(intent=_known(stored, reference), now=now)
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
