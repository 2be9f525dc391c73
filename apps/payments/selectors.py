"""Reading payments."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from apps.payments.dto import PaymentDetail, WantedWebhooks
from apps.payments.errors import NoPaymentProvider, PaymentNotFound
from apps.payments.models import PaymentAccount, PaymentDispute, PaymentIntent, ProviderEvent
from apps.payments.states import OPEN_WEBHOOKS, IntentStatus, ProviderEventState
from apps.shared.audit.record import Target
from apps.shared.fast_rows import Lookup
from apps.shared.mending import Difference

_ACCOUNT = Lookup(PaymentAccount, "provider = %s")
_INTENT = Lookup(PaymentIntent, "id = %s")
_LOCKED_INTENT = Lookup(PaymentIntent, "id = %s FOR UPDATE")
# "succeeded" before "processing"
_STANDING_INTENT = Lookup(
    PaymentIntent,
    "order_id = %s AND status IN ('processing', 'succeeded') ORDER BY status DESC LIMIT 1",
)
_CAPTURED_INTENT = Lookup(PaymentIntent, "order_id = %s AND status = 'succeeded'")
_UNANSWERED_INTENT = Lookup(
    PaymentIntent, "id = %s AND provider = %s AND provider_reference IS NULL FOR UPDATE"
)
# Said twice that there is a capture: PostgreSQL must see that the partial index will do.
_INTENT_OF_REFERENCE = Lookup(
    PaymentIntent,
    """provider = %s AND (provider_reference = %s
        OR capture_reference = %s AND capture_reference <> '') FOR UPDATE""",
)
_PROVIDER_EVENT = Lookup(ProviderEvent, "id = %s FOR UPDATE")

# How long after it was made a payment is asked for by ourselves, and how often from then on: at
# most every minute, later more seldom. docs/runbooks/reconciliation.md promises times by it.
FIRST_ASKED_AFTER = timedelta(minutes=2)
_PACE = (
    (timedelta(minutes=10), timedelta(seconds=55)),
    (timedelta(hours=2), timedelta(minutes=3)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=90), timedelta(hours=6)),
)


def first_provider() -> str:
    """The provider that the shop prefers. Raises NoPaymentProvider."""
    found = PaymentAccount.objects.filter(is_active=True).values_list("provider", flat=True)
    for provider in found:
        return str(provider)
    raise NoPaymentProvider


def offered_accounts() -> list[PaymentAccount]:
    """The accounts that shoppers are offered, the preferred one first; secrets are not read."""
    return list(PaymentAccount.objects.filter(is_active=True).defer("secrets"))


def account_of(*, provider: str) -> PaymentAccount:
    """The shop's account at a provider, offered to shoppers or not. Raises NoPaymentProvider."""
    account = _ACCOUNT.first(provider)
    if account is None:
        raise NoPaymentProvider
    return account


def active_intent(*, order_id: UUID) -> PaymentIntent | None:
    """The attempt that is under way for an order, if any (PAY-001)."""
    return PaymentIntent.objects.filter(order_id=order_id, status=IntentStatus.PROCESSING).first()


def standing_intent(*, order_id: UUID) -> PaymentIntent | None:
    """The attempt that took an order's money, else the one that is under way, if any.

    One statement: one that succeeds at this moment is seen as the one or the other.
    """
    return _STANDING_INTENT.first(order_id)


def payment_under_way(*, order_id: UUID) -> PaymentDetail | None:
    """The payment that may be gone on with, if nothing of the order's money was taken yet."""
    standing = standing_intent(order_id=order_id)
    if standing is None or standing.status != IntentStatus.PROCESSING:
        return None
    return detail_of(standing)


def intent_by_id(*, intent_id: UUID) -> PaymentIntent:
    """Raises PaymentNotFound."""
    return _found(_INTENT.first(intent_id))


def connected_providers() -> list[str]:
    """The providers that the shop has an account at, the preferred one first; those too that are
    not offered any more, whose money still moves."""
    return [str(one) for one in PaymentAccount.objects.values_list("provider", flat=True)]


def intents_of_references(*, provider: str, references: Collection[str]) -> list[PaymentIntent]:
    """The payments that have these references at the provider, or whose captures have them. One
    statement."""
    is_one = Q(provider_reference__in=references) | Q(capture_reference__in=references)
    found = PaymentIntent.objects.filter(is_one, provider=provider)
    return list(found.defer("client"))


def intents_succeeded_between(
    *, provider: str, since: datetime, until: datetime
) -> list[PaymentIntent]:
    """Payments that we took as succeeded in [since, until). One statement."""
    found = PaymentIntent.objects.filter(
        provider=provider,
        status=IntentStatus.SUCCEEDED,
        updated_at__gte=since,
        updated_at__lt=until,
    )
    return list(found.defer("client"))


def captured_intent(*, order_id: UUID) -> PaymentIntent | None:
    """The payment that took the order's money, if any; there is never a second one."""
    return _CAPTURED_INTENT.first(order_id)


def order_of_intent(*, intent_id: UUID) -> UUID:
    """The order that an intent collects for; nothing is locked. Raises PaymentNotFound."""
    found = PaymentIntent.objects.filter(pk=intent_id).values_list("order_id", flat=True).first()
    if found is None:
        raise PaymentNotFound
    return found


def intent_for_update(*, intent_id: UUID) -> PaymentIntent:
    """The intent, locked. Raises PaymentNotFound."""
    return _found(_LOCKED_INTENT.first(intent_id))


def unanswered_intent_for_update(*, intent_id: UUID, provider: str) -> PaymentIntent | None:
    """The intent, locked, if the provider's answer to it is not written down yet."""
    return _UNANSWERED_INTENT.first(intent_id, provider)


def _found(intent: PaymentIntent | None) -> PaymentIntent:
    if intent is None:
        raise PaymentNotFound
    return intent


def overdue_intent_for_update(*, now: datetime) -> PaymentIntent | None:
    """A payment under way whose provider should be asked by now, locked: the one that waited
    longest. Those that another worker holds are passed over."""
    waiting = PaymentIntent.objects.select_for_update(skip_locked=True).filter(
        _due(now, "created_at"),
        status=IntentStatus.PROCESSING,
        flag="",
        created_at__lte=now - FIRST_ASKED_AFTER,
    )
    return waiting.order_by(F("asked_at").asc(nulls_first=True), "created_at").first()


def flagged_intent_for_update(*, now: datetime) -> PaymentIntent | None:
    """A flagged payment whose money is neither taken nor given back, if one is to be looked into by
    now, locked. Those that another worker holds are passed over."""
    waiting = PaymentIntent.objects.select_for_update(skip_locked=True).filter(
        _due(now, "updated_at"), resolved_at__isnull=True
    )
    waiting = waiting.exclude(flag="")
    return waiting.order_by(F("asked_at").asc(nulls_first=True), "updated_at").first()


def _due(now: datetime, since: str) -> Q:
    """Not asked yet, or not for as long as the pause of its age since then."""
    due, younger = Q(asked_at__isnull=True), now
    for age, pause in _PACE:
        is_of_age = Q(**{f"{since}__gt": now - age})
        if younger < now:  # the youngest may be from a clock ahead of ours
            is_of_age &= Q(**{f"{since}__lte": younger})
        due |= is_of_age & Q(asked_at__lte=now - pause)
        younger = now - age
    return due


def intent_of_reference_for_update(*, provider: str, reference: str) -> PaymentIntent | None:
    """The intent that has this reference at the provider, or whose capture has it, locked."""
    return _INTENT_OF_REFERENCE.first(provider, reference, reference)


def provider_event_for_update(*, provider_event_id: int) -> ProviderEvent:
    """The stored webhook, locked."""
    found = _PROVIDER_EVENT.first(provider_event_id)
    if found is None:
        raise ProviderEvent.DoesNotExist
    return found


def dispute_for_update(*, provider: str, reference: str) -> PaymentDispute | None:
    """The dispute that has this reference at the provider, locked."""
    found = PaymentDispute.objects.select_for_update()
    return found.filter(provider=provider, reference=reference).first()


def due_provider_event_for_update(*, now: datetime) -> ProviderEvent | None:
    """The webhook that has been due for its next try for longest, locked. Those that another worker
    holds are passed over."""
    due = ProviderEvent.objects.select_for_update(skip_locked=True).filter(
        next_try_at__lte=now, state__in=OPEN_WEBHOOKS
    )
    return due.order_by("next_try_at", "id").first()


def some_webhooks(*, wanted: WantedWebhooks, limit: int | None = None) -> list[ProviderEvent]:
    """Stored webhooks without their bodies, the newest first. One statement."""
    known = {
        "pk__in": wanted.ids,
        "state__in": wanted.states,
        "provider": wanted.provider,
        "event_type": wanted.event_type,
        "received_at__gte": wanted.since,
        "received_at__lt": wanted.until,
    }
    found = ProviderEvent.objects.filter(**{name: one for name, one in known.items() if one})
    return list(found.defer("headers", "body").order_by("-id")[:limit])


def webhook_by_key(*, key: str) -> ProviderEvent | None:
    """By our number or the provider's id."""
    is_it = Q(event_id=key)
    if key.isdecimal() and len(key) < 19:
        is_it |= Q(pk=int(key))
    return ProviderEvent.objects.filter(is_it).order_by("id").first()


def difference_of_replay(
    stored: ProviderEvent, *, even_processed: bool = False
) -> Difference | None:
    """What working on it once more would change; None when it waits to be worked on anyway, or was
    worked on and not `even_processed`."""
    is_done = stored.state == ProviderEventState.PROCESSED
    if stored.state == ProviderEventState.RECEIVED or (is_done and not even_processed):
        return None
    return Difference(
        target=Target("webhook", str(stored.pk)),
        label=f"{stored.provider} {stored.event_type} {stored.event_id}",
        before={"state": stored.state, "attempts": stored.attempts, "outcome": stored.outcome},
        after={"state": str(ProviderEventState.RECEIVED), "attempts": 0, "outcome": ""},
        why="processed, and asked for again" if is_done else f"{stored.state}, and asked for again",
    )


def payments_of_order(*, order_id: UUID) -> list[PaymentDetail]:
    """All attempts of an order, newest first. One statement."""
    intents = PaymentIntent.objects.filter(order_id=order_id).order_by("-id")
    return [detail_of(intent) for intent in intents]


def detail_of(intent: PaymentIntent) -> PaymentDetail:
    """The intent without what only this app may see."""
    return PaymentDetail(
        id=intent.pk,
        order_id=intent.order_id,
        provider=intent.provider,
        status=intent.status,
        amount=intent.amount,
        currency=intent.currency,
        provider_reference=intent.provider_reference,
        client=intent.client if intent.status == IntentStatus.PROCESSING else {},
        is_authorized=bool(intent.amount_capturable) and intent.status == IntentStatus.PROCESSING,
        failure_code=intent.failure_code,
        failure_message=intent.failure_message,
        created_at=intent.created_at,
    )


def intents_to_look_at(*, older_than: datetime, given_up_since: datetime | None) -> list[UUID]:
    """Payments that are under way since before `older_than`, the oldest first; and, when asked
    for, those that were given up since then although the provider knew of them."""
    found = Q(status=IntentStatus.PROCESSING, created_at__lt=older_than)
    if given_up_since is not None:
        found |= Q(
            status__in=(IntentStatus.CANCELLED, IntentStatus.FAILED),
            provider_reference__isnull=False,
            updated_at__gte=given_up_since,
            flag="",
        )
    return list(PaymentIntent.objects.filter(found).order_by("id").values_list("pk", flat=True))


def succeeded_intents_besides(*, known: QuerySet[Any], older_than: datetime) -> list[UUID]:
    """Payments that took money before `older_than`, are not flagged, and are not among `known`
    (a column of payment ids)."""
    succeeded = PaymentIntent.objects.filter(
        status=IntentStatus.SUCCEEDED, flag="", updated_at__lt=older_than
    )
    return list(succeeded.exclude(pk__in=known).order_by("id").values_list("pk", flat=True))
