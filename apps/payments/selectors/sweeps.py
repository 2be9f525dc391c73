"""Payments that somebody should look after by now."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from apps.payments.models import PaymentIntent
from apps.payments.states import IntentStatus

# How long after it was made a payment is asked for by ourselves, and how often from then on: at
# most every minute, later more seldom. docs/runbooks/reconciliation.md promises times by it.
FIRST_ASKED_AFTER = timedelta(minutes=2)
_PACE = (
    (timedelta(minutes=10), timedelta(seconds=55)),
    (timedelta(hours=2), timedelta(minutes=3)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=90), timedelta(hours=6)),
)


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
