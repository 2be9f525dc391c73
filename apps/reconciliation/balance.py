"""Reading fees and payouts: what is kept of the shop's balances at its providers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.payments import selectors as payments
from apps.payments.gateways import provider_of
from apps.reconciliation.dto import BalanceLine, BalanceNews, Difference, Figures
from apps.reconciliation.models import Payout, ProviderMovement
from apps.reconciliation.states import DifferenceKind, MovementKind, PayoutStatus

_SENT_BACK = (PayoutStatus.FAILED, PayoutStatus.CANCELLED)
_NET = F("amount") - Coalesce(F("fee"), 0)
_IS_KNOWN = Q(payment_id__isnull=False) | Q(kind=MovementKind.OTHER)
_PAYMENT_OF_PAYOUT = Q(payout__isnull=False) & ~Q(kind=MovementKind.OTHER)


def payment_ids(*, provider: str, references: Collection[str]) -> dict[str, UUID]:
    """Our payments by their references at a provider, and by their captures'. One statement."""
    found = payments.intents_of_references(provider=provider, references=references)
    return {
        name: one.pk
        for one in found
        for name in (one.provider_reference, one.capture_reference)
        if name
    }


def payouts_for_update(*, provider: str, references: Collection[str]) -> list[Payout]:
    """Payouts, locked."""
    found = Payout.objects.select_for_update().filter(provider=provider, reference__in=references)
    return list(found.order_by("pk"))


def unknown_movements_paid_out(
    *, provider: str, report_on: date, after: int, most: int
) -> list[int]:
    """Money without a payment of ours in the payouts that a day's report is about, from the one
    after `after` on."""
    found = ProviderMovement.objects.filter(
        _PAYMENT_OF_PAYOUT,
        provider=provider,
        payout__report_on=report_on,
        payment_id=None,
        pk__gt=after,
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:most])


def with_balance(figures: Mapping[str, Figures], *, provider: str, on: date) -> dict[str, Figures]:
    """A day's sums, with those of fees and payouts as they are known now. Three statements."""
    found = dict(figures)
    for currency, sums in _sums(provider, *_stretch(on)).items():
        found[currency] = replace(found.get(currency, Figures()), **sums)
    return found


def shown_figures(
    stored: Mapping[str, Mapping[str, int]], *, provider: str, on: date
) -> dict[str, dict[str, int]]:
    """A stored report's sums, for people: a fee, and what a payout consists of, may have come to be
    known after it."""
    nothing = asdict(Figures())
    known = {currency: Figures(**(nothing | dict(sums))) for currency, sums in stored.items()}
    now = with_balance(known, provider=provider, on=on)
    return {currency: asdict(sums) for currency, sums in sorted(now.items())}


def _stretch(on: date) -> tuple[datetime, datetime]:
    since = datetime.combine(on, time.min, UTC)
    return since, since + timedelta(days=1)


def _sums(provider: str, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    moved = ProviderMovement.objects.filter(
        provider=provider, moved_at__gte=since, moved_at__lt=until
    ).order_by()
    kept = moved.values("currency").annotate(
        fees=Coalesce(Sum("fee", filter=Q(kind=MovementKind.CAPTURE)), 0),
        refund_fees=Coalesce(Sum("fee", filter=Q(kind=MovementKind.REFUND)), 0),
        fee_tax=Coalesce(Sum("tax", filter=~Q(kind=MovementKind.OTHER)), 0),
    )
    made = _payouts(provider, since, until).exclude(status__in=_SENT_BACK).order_by()
    sent = made.values("currency").annotate(paid_out=Sum("amount"))
    known = (
        ProviderMovement.objects.filter(_IS_KNOWN, payout__in=made)
        .order_by()
        .values("currency")
        .annotate(paid_out_known=Sum(_NET))
    )
    sums: dict[str, dict[str, int]] = {}
    rows: list[dict[str, Any]] = [dict(row) for row in (*kept, *sent, *known)]
    for row in rows:
        sums.setdefault(row.pop("currency"), {}).update(row)
    return sums


def _payouts(provider: str, since: datetime, until: datetime) -> QuerySet[Payout]:
    return Payout.objects.filter(provider=provider, made_at__gte=since, made_at__lt=until)


def balance_differences(news: BalanceNews, *, provider: str, on: date) -> list[Difference]:
    """What does not fit of a day's fees and payouts. At most three statements."""
    found = [
        Difference(
            kind=DifferenceKind.FEE_CHANGED,
            reference=one.reference,
            currency=one.currency,
            provider_amount=one.fee,
            local_amount=one.was,
            payment_id=one.payment_id,
        )
        for one in news.fees
    ]
    if not provider_of(provider).capabilities.tells_payouts:
        return found
    failed = Payout.objects.filter(provider=provider, reference__in=news.failed_payouts)
    found += [_about_payout(DifferenceKind.PAYOUT_FAILED, one, None) for one in failed]
    return found + _unfitting_payouts(provider, on) + _not_paid_out(provider, on)


def _unfitting_payouts(provider: str, on: date) -> list[Difference]:
    read = Payout.objects.filter(provider=provider, report_on=on)
    net = F("movements__amount") - Coalesce(F("movements__fee"), 0)
    is_known = Q(movements__payment_id__isnull=False) | Q(movements__kind=MovementKind.OTHER)
    summed = read.annotate(
        total=Coalesce(Sum(net), 0),
        known=Coalesce(Sum(net, filter=is_known), 0),
        strangers=Count("movements", filter=~is_known),
    )
    found = []
    for one in summed.order_by("pk"):
        if one.total != one.amount:
            found.append(_about_payout(DifferenceKind.PAYOUT_AMOUNT, one, one.total))
        if one.strangers:
            found.append(_about_payout(DifferenceKind.PAYOUT_UNKNOWN, one, one.known))
    return found


def _about_payout(kind: DifferenceKind, payout: Payout, ours: int | None) -> Difference:
    return Difference(
        kind=kind,
        reference=payout.reference,
        currency=payout.currency,
        provider_amount=payout.amount,
        local_amount=ours,
    )


def _not_paid_out(provider: str, on: date) -> list[Difference]:
    """Of the day so many days before. What a payout made by hand consists of, nobody tells: what
    was taken before one may be in it."""
    since, until = _stretch(on - timedelta(days=settings.PAYOUT_OVERDUE_DAYS))
    by_hand = Payout.objects.filter(
        provider=provider,
        currency=OuterRef("currency"),
        is_itemized=False,
        made_at__gte=OuterRef("moved_at"),
    ).exclude(status__in=_SENT_BACK)
    waiting = ProviderMovement.objects.filter(
        ~Exists(by_hand),
        provider=provider,
        kind=MovementKind.CAPTURE,
        payment_id__isnull=False,
        payout=None,
        moved_at__gte=since,
        moved_at__lt=until,
    )
    return [
        Difference(
            kind=DifferenceKind.NOT_PAID_OUT,
            reference=one.reference,
            currency=one.currency,
            provider_amount=None,
            local_amount=one.net,
            payment_id=one.payment_id,
        )
        for one in waiting.order_by("pk")
    ]


def lines_of_day(*, provider: str, on: date, most: int | None = None) -> Iterator[BalanceLine]:
    """Captures and refunds of a day (UTC) with their fees and payouts, the oldest first; read as
    they are gone through."""
    since, until = _stretch(on)
    found = ProviderMovement.objects.filter(
        provider=provider, moved_at__gte=since, moved_at__lt=until
    ).exclude(kind=MovementKind.OTHER)
    return _lines(found.select_related("payout").order_by("moved_at", "id")[:most])


def lines_of_payout(*, payout_id: int, most: int) -> Iterator[BalanceLine]:
    """What a payout consists of, the oldest first."""
    found = ProviderMovement.objects.filter(payout_id=payout_id).select_related("payout")
    return _lines(found.order_by("moved_at", "id")[:most])


def lines_of_payments(*, payments: Collection[UUID]) -> Iterator[BalanceLine]:
    """What a provider took and gave back for these payments, the oldest first."""
    found = ProviderMovement.objects.filter(payment_id__in=payments).select_related("payout")
    return _lines(found.order_by("moved_at", "id"))


def _lines(found: QuerySet[ProviderMovement]) -> Iterator[BalanceLine]:
    for one in found.iterator(chunk_size=500):
        yield BalanceLine(
            kind=MovementKind(one.kind),
            reference=one.reference,
            payment_id=one.payment_id,
            amount=one.amount,
            currency=one.currency,
            fee=one.fee,
            tax=one.tax,
            payout=one.payout.reference if one.payout else "",
            payout_id=one.payout_id,
            at=one.moved_at,
        )
