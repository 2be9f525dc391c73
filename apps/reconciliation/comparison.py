"""Two accounts of one day, put side by side. Pure."""

from collections import defaultdict

from apps.payments.gateways.base import (
    ProviderCapture,
    ProviderMoney,
    ProviderRefund,
    ProviderRefundState,
)
from apps.reconciliation.dto import (
    Comparison,
    Difference,
    Figures,
    Known,
    KnownPayment,
    KnownRefund,
)
from apps.reconciliation.states import DifferenceKind


def compare(money: ProviderMoney, known: Known) -> Comparison:
    """What the provider says of a day against what we know; what is only ours is told apart from
    it by `only_ours`, since it may lie on the provider's day before."""
    figures: dict[str, Figures] = defaultdict(Figures)
    found: list[Difference] = []
    for capture in money.captures:
        sums = figures[capture.currency]
        sums.provider_captured += capture.amount
        found += _of_capture(capture, known.payments.get(capture.payment_reference), sums)
    for refund in money.refunds:
        found += _of_refund(refund, known.refunds.get(refund.reference), figures[refund.currency])
    return Comparison(figures=dict(figures), differences=tuple(found))


def only_ours(money: ProviderMoney, known: Known) -> Comparison:
    """What we took as done on the day and the provider does not name in the stretch around it."""
    captured = {one.payment_reference for one in money.captures}
    refunded = {one.reference for one in money.refunds}
    found = [
        _about_payment(DifferenceKind.PAYMENT_MISSING, one, None)
        for one in known.payments_of_day
        if captured.isdisjoint(one.references)
    ]
    found += [
        _about_refund(DifferenceKind.REFUND_MISSING, one, None)
        for one in known.refunds_of_day
        if one.reference not in refunded
    ]
    return Comparison(figures={}, differences=tuple(found))


def _of_capture(
    capture: ProviderCapture, ours: KnownPayment | None, sums: Figures
) -> list[Difference]:
    if ours is None:
        unknown = Difference(
            kind=DifferenceKind.PAYMENT_UNKNOWN,
            reference=capture.payment_reference or capture.reference,
            currency=capture.currency,
            provider_amount=capture.amount,
        )
        return [unknown]
    if ours.is_orphan:
        sums.orphans_captured += capture.amount
    elif ours.is_taken:
        sums.local_captured += ours.amount
        sums.credits += ours.booked or 0
    kind = _kind_of_payment(capture, ours)
    return [_about_payment(kind, ours, capture)] if kind else []


def _kind_of_payment(capture: ProviderCapture, ours: KnownPayment) -> DifferenceKind | None:
    is_same = (capture.amount, capture.currency) == (ours.amount, ours.currency)
    rules = (
        (ours.is_orphan, None if ours.is_resolved else DifferenceKind.ORPHAN_OPEN),
        (not ours.is_taken, DifferenceKind.PAYMENT_NOT_TAKEN),
        (not is_same, DifferenceKind.PAYMENT_AMOUNT),
        (ours.booked != ours.amount, DifferenceKind.PAYMENT_NOT_BOOKED),
    )
    return next((kind for applies, kind in rules if applies), None)


def _of_refund(refund: ProviderRefund, ours: KnownRefund | None, sums: Figures) -> list[Difference]:
    if refund.state is ProviderRefundState.SUCCEEDED:
        sums.provider_refunded += refund.amount
        if ours is not None and ours.is_done:
            sums.local_refunded += ours.amount
            sums.orphans_refunded += ours.amount if ours.is_orphan else 0
            sums.debits += 0 if ours.is_orphan else ours.booked or 0
    kind = _kind_of_refund(refund, ours)
    return [_about_refund(kind, ours, refund)] if kind else []


def _kind_of_refund(refund: ProviderRefund, ours: KnownRefund | None) -> DifferenceKind | None:
    is_done = ours is not None and ours.is_done
    if refund.state is not ProviderRefundState.SUCCEEDED:
        is_failed = refund.state is ProviderRefundState.FAILED
        return DifferenceKind.REFUND_FAILED if is_failed and is_done else None
    if ours is None:
        return DifferenceKind.REFUND_UNKNOWN
    is_same = (refund.amount, refund.currency) == (ours.amount, ours.currency)
    rules = (
        (not is_done, DifferenceKind.REFUND_NOT_TAKEN),
        (not is_same, DifferenceKind.REFUND_AMOUNT),
        (not ours.is_orphan and ours.booked != ours.amount, DifferenceKind.REFUND_NOT_BOOKED),
    )
    return next((kind for applies, kind in rules if applies), None)


def _about_payment(
    kind: DifferenceKind, ours: KnownPayment, capture: ProviderCapture | None
) -> Difference:
    return Difference(
        kind=kind,
        reference=ours.reference,
        currency=capture.currency if capture else ours.currency,
        provider_amount=capture.amount if capture else None,
        local_amount=ours.amount,
        payment_id=ours.id,
        order_id=ours.order_id,
    )


def _about_refund(
    kind: DifferenceKind, ours: KnownRefund | None, refund: ProviderRefund | None
) -> Difference:
    return Difference(
        kind=kind,
        reference=refund.reference if refund else (ours.reference if ours else ""),
        currency=refund.currency if refund else (ours.currency if ours else ""),
        provider_amount=refund.amount if refund else None,
        local_amount=ours.amount if ours else None,
        payment_id=ours.payment_id if ours else None,
        refund_id=ours.id if ours else None,
        order_id=ours.order_id if ours else None,
    )
