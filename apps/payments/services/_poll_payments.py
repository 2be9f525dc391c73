import logging
from collections.abc import Sequence
from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways import line_to, provider_of
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.payments.services._take_provider_intent import take_provider_intent
from apps.payments.states import IntentStatus
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def poll_payments(*, now: datetime, most: int) -> int:
    """Ask providers that tell nothing by themselves for the shop's payments under way, in bulk.

    At most `most` of each provider, the newest; the others are asked for by the slower sweep. What
    is answered is a fact like a webhook's (PAY-007). Returns how many changed.

    Raises ProviderUnavailable, ProviderRefused.
    """
    changed = 0
    for provider in selectors.connected_providers():
        capabilities = provider_of(provider).capabilities
        if not capabilities.polls:
            continue
        waiting = _under_way(provider, most)
        for begin in range(0, len(waiting), capabilities.most_per_poll):
            changed += _ask(provider, waiting[begin : begin + capabilities.most_per_poll], now)
    return changed


def _under_way(provider: str, most: int) -> list[PaymentIntent]:
    """Those that the provider knows of, the newest first: their shoppers wait."""
    found = PaymentIntent.objects.filter(
        provider=provider,
        status=IntentStatus.PROCESSING,
        flag="",
        provider_reference__isnull=False,
    )
    return list(found.defer("client").order_by("-created_at")[:most])


def _ask(provider: str, waiting: Sequence[PaymentIntent], now: datetime) -> int:
    line = line_to(selectors.account_of(provider=provider))
    facts = line.fetch_intents([one.provider_reference or "" for one in waiting])
    told = [(one, fact) for one, fact in zip(waiting, facts, strict=True) if _is_news(one, fact)]
    for intent, fact in told:
        try:
            take_provider_intent(intent_id=intent.pk, fact=fact, now=now)
        except Exception:  # one payment's trouble, whatever it is, must not be the others'
            logger.exception("payment.poll_failed", extra={"payment": intent.public_id})
    return len(told)


def _is_news(intent: PaymentIntent, fact: ProviderIntent) -> bool:
    failed_anew = bool(fact.failure_code) and fact.failure_code != intent.failure_code
    return fact.state is not ProviderState.OPEN or failed_anew
