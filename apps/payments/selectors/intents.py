"""Payments."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.payments.dto import PaymentDetail
from apps.payments.errors import PaymentNotFound
from apps.payments.models import PaymentIntent
from apps.payments.states import IntentStatus
from apps.shared.fast_rows import Lookup

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


def intent_of_reference_for_update(*, provider: str, reference: str) -> PaymentIntent | None:
    """The intent that has this reference at the provider, or whose capture has it, locked."""
    return _INTENT_OF_REFERENCE.first(provider, reference, reference)


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
        amount_captured=intent.amount_captured,
        amount_released=intent.amount_released,
        currency=intent.currency,
        provider_reference=intent.provider_reference,
        client=intent.client if intent.status == IntentStatus.PROCESSING else {},
        is_authorized=bool(intent.amount_capturable) and intent.status == IntentStatus.PROCESSING,
        failure_code=intent.failure_code,
        failure_message=intent.failure_message,
        created_at=intent.created_at,
    )
