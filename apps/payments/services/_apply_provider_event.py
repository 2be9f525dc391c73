from datetime import datetime

from django.db import DataError, transaction

from apps.payments import selectors
from apps.payments.errors import UnknownProviderObject
from apps.payments.gateways import line_to
from apps.payments.gateways.base import (
    DisputeChanged,
    Fact,
    IntentChanged,
    ProviderDispute,
    ProviderIntent,
    ProviderRefund,
    RefundsChanged,
)
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.payments.services._apply_provider_dispute import apply_provider_dispute
from apps.payments.services._apply_provider_intent import apply_provider_intent
from apps.payments.services._park_provider_event import park_provider_event
from apps.payments.services._report_dispute_changed import report_dispute_changed
from apps.payments.services._report_intent_changed import report_intent_changed
from apps.payments.services._report_provider_refund import report_provider_refund
from apps.payments.services._report_refunds_changed import report_refunds_changed
from apps.payments.states import OPEN_WEBHOOKS, ProviderEventState
from apps.shared.db import joins_transaction
from apps.shared.errors import DomainError
from apps.shared.ids import parse_public_id
from apps.shared.schema import current_schema

# A body that cannot be read may be read by tomorrow's code.
_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    DomainError,
    DataError,
)


@joins_transaction
def apply_provider_event(*, provider_event_id: int, now: datetime) -> None:
    """Work on a stored webhook, once; a second call finds it processed.

    One about something that we do not know (yet), or that cannot be read, is parked and tried again
    later (PAY-006).
    """
    stored = selectors.provider_event_for_update(provider_event_id=provider_event_id)
    if stored.state not in OPEN_WEBHOOKS:
        return
    try:
        with transaction.atomic():  # what PostgreSQL cannot take (DataError) undoes this only
            known = _facts_with_payments(stored)
    except (UnknownProviderObject, *_UNREADABLE) as error:
        # Nothing was written so far.
        park_provider_event(stored=stored, reason=f"{type(error).__name__}: {error}", now=now)
        return
    outcome = ", ".join(_apply(fact, intent, now) for fact, intent in known) or "ignored"
    stored.move_to(ProviderEventState.PROCESSED, now=now, outcome=outcome)


def _facts_with_payments(stored: ProviderEvent) -> list[tuple[Fact, PaymentIntent]]:
    """What it tells, and of which payment, locked. Raises UnknownProviderObject."""
    line = line_to(selectors.account_of(provider=stored.provider))
    facts = line.facts_in_webhook(body=bytes(stored.body), headers=stored.headers)
    return [(fact, _intent_of(stored, fact)) for fact in facts]


def _apply(fact: Fact, intent: PaymentIntent, now: datetime) -> str:
    if isinstance(fact, ProviderIntent):
        return apply_provider_intent(intent=intent, fact=fact, now=now)
    if isinstance(fact, ProviderRefund):
        return report_provider_refund(intent=intent, fact=fact, now=now)
    if isinstance(fact, ProviderDispute):
        return apply_provider_dispute(intent=intent, fact=fact, now=now)
    return _report_changed(fact, intent, now)


def _report_changed(
    fact: IntentChanged | RefundsChanged | DisputeChanged, intent: PaymentIntent, now: datetime
) -> str:
    """Somebody is to ask the provider."""
    if isinstance(fact, IntentChanged):
        return report_intent_changed(intent=intent, reference=fact.reference, now=now)
    if isinstance(fact, RefundsChanged):
        return report_refunds_changed(intent=intent, now=now)
    return report_dispute_changed(intent=intent, reference=fact.reference, now=now)


def _intent_of(stored: ProviderEvent, fact: Fact) -> PaymentIntent:
    """Ours by reference, or by the id that we sent along: the webhook may be faster than our own
    answer was written down (PAY-007)."""
    if not isinstance(fact, ProviderIntent | IntentChanged):
        return _known(stored, fact.payment_reference)
    is_ours = fact.metadata.get("tenant") == current_schema()
    intent_id = parse_public_id("pay", fact.metadata.get("payment", "")) if is_ours else None
    if intent_id is not None:
        found = selectors.unanswered_intent_for_update(
            intent_id=intent_id, provider=stored.provider
        )
        if found is not None:
            return found
    return _known(stored, fact.reference)


def _known(stored: ProviderEvent, reference: str) -> PaymentIntent:
    found = selectors.intent_of_reference_for_update(provider=stored.provider, reference=reference)
    if found is None:
        raise UnknownProviderObject(f"{stored.provider} {reference}")
    return found
