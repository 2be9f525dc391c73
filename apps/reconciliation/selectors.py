"""Reading what we know of a provider's day, and the reports."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from apps.finance import selectors as books
from apps.finance.states import TransactionKind
from apps.payments import selectors as payments
from apps.payments.gateways import providers
from apps.payments.gateways.base import ProviderMoney
from apps.payments.states import IntentStatus
from apps.reconciliation.dto import DayReport, Difference, Known, KnownPayment, KnownRefund
from apps.reconciliation.models import Reconciliation
from apps.reconciliation.states import DifferenceKind
from apps.refunds import selectors as refunds

if TYPE_CHECKING:
    from apps.payments.models import PaymentIntent
    from apps.refunds.models import Refund


def providers_to_compare() -> list[str]:
    """The shop's providers that tell what money moved. The others' payments are asked for one by
    one, as long as they are under way. One statement."""
    telling = providers_that_tell()
    return [one for one in payments.connected_providers() if one in telling]


def providers_that_tell() -> list[str]:
    """Codes of all providers that tell what money moved."""
    return [one.code for one in providers() if one.capabilities.lists_money]


def known_of_day(*, provider: str, money: ProviderMoney, since: datetime, until: datetime) -> Known:
    """Our side of [since, until), in six statements however many there are."""
    named = payments.intents_of_references(
        provider=provider, references={one.payment_reference for one in money.captures}
    )
    ours = payments.intents_succeeded_between(provider=provider, since=since, until=until)
    named_back = refunds.refunds_of_references(references={one.reference for one in money.refunds})
    ours_back = refunds.refunds_succeeded_between(since=since, until=until)
    credits = books.booked_amounts(
        kind=TransactionKind.CREDIT, source_ids={one.pk for one in (*named, *ours)}
    )
    debits = books.booked_amounts(
        kind=TransactionKind.DEBIT, source_ids={one.pk for one in (*named_back, *ours_back)}
    )
    return Known(
        payments={
            reference: one for one in _payments(named, credits) for reference in one.references
        },
        refunds={one.reference: one for one in _refunds(named_back, debits)},
        payments_of_day=tuple(_payments(ours, credits)),
        refunds_of_day=tuple(_refunds(ours_back, debits)),
    )


def _payments(
    intents: "Iterable[PaymentIntent]", credits: dict[UUID, int]
) -> "Iterable[KnownPayment]":
    for one in intents:
        yield KnownPayment(
            id=one.pk,
            order_id=one.order_id,
            reference=one.provider_reference or "",
            amount=one.amount - one.amount_released,
            currency=one.currency,
            is_taken=one.status == IntentStatus.SUCCEEDED,
            is_orphan=bool(one.flag) and one.pk not in credits,
            is_resolved=one.resolved_at is not None,
            booked=credits.get(one.pk),
            capture_reference=one.capture_reference,
        )


def _refunds(rows: "Iterable[Refund]", debits: dict[UUID, int]) -> "Iterable[KnownRefund]":
    for one in rows:
        yield KnownRefund(
            id=one.pk,
            payment_id=one.payment_id,
            order_id=one.order_id,
            reference=one.provider_reference or "",
            amount=one.amount,
            currency=one.currency,
            is_done=one.is_kept,
            is_orphan=one.is_orphan,
            booked=debits.get(one.pk),
        )


def open_days(*, provider: str, since: date, until: date) -> list[date]:
    """Days in [since, until) whose last report had differences, and days after the first report
    among them that have none, since the night was missed; the oldest first."""
    found = Reconciliation.objects.filter(provider=provider, on__gte=since, on__lt=until)
    reported = dict(found.order_by("on").values_list("on", "difference_count"))
    first = min(reported, default=until)
    days = (first + timedelta(days=number) for number in range((until - first).days))
    return [one for one in days if reported.get(one) != 0]


def report_of(*, reconciliation_id: int) -> DayReport | None:
    """A stored report with its differences; None when there is none. Two statements."""
    row = Reconciliation.objects.filter(pk=reconciliation_id).first()
    return None if row is None else _report(row)


def _report(row: Reconciliation) -> DayReport:
    differences = tuple(
        Difference(
            kind=DifferenceKind(one.kind),
            reference=one.reference,
            currency=one.currency,
            provider_amount=one.provider_amount,
            local_amount=one.local_amount,
            payment_id=one.payment_id,
            refund_id=one.refund_id,
            order_id=one.order_id,
            outcome=one.outcome,
        )
        for one in row.differences.all()
    )
    return DayReport(
        provider=row.provider,
        on=row.on,
        run_at=row.run_at,
        figures=row.figures,
        differences=differences,
    )
