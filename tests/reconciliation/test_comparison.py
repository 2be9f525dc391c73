"""Two accounts of a day side by side: each kind of difference, and none where they agree."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.payments.gateways.base import (
    ProviderCapture,
    ProviderMoney,
    ProviderRefund,
    ProviderRefundState,
)
from apps.reconciliation.comparison import compare, only_ours
from apps.reconciliation.dto import Known, KnownPayment, KnownRefund
from apps.shared.ids import new_id

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
CAPTURE = ProviderCapture(
    reference="ch_1", payment_reference="pi_1", amount=1000, currency="USD", at=AT
)
REFUND = ProviderRefund(
    reference="re_1",
    payment_reference="pi_1",
    state=ProviderRefundState.SUCCEEDED,
    amount=400,
    currency="USD",
    at=AT,
)
PAID = KnownPayment(
    id=new_id(),
    order_id=new_id(),
    reference="pi_1",
    amount=1000,
    currency="USD",
    is_taken=True,
    booked=1000,
)
GIVEN = KnownRefund(
    id=new_id(),
    payment_id=PAID.id,
    order_id=PAID.order_id,
    reference="re_1",
    amount=400,
    currency="USD",
    is_done=True,
    booked=400,
)
ORPHAN = replace(PAID, is_taken=False, is_orphan=True, booked=None)


def kinds(
    payment: KnownPayment | None = PAID,
    refund: KnownRefund | None = GIVEN,
    *,
    capture: ProviderCapture = CAPTURE,
    given: ProviderRefund = REFUND,
) -> list[str]:
    known = Known(
        payments={payment.reference: payment} if payment else {},
        refunds={refund.reference: refund} if refund else {},
    )
    found = compare(ProviderMoney(captures=(capture,), refunds=(given,)), known)
    return [str(one.kind) for one in found.differences]


def test_what_agrees_is_no_difference_and_adds_up() -> None:
    """FIN-005: credits − debits = captured − refunded."""
    known = Known(payments={"pi_1": PAID}, refunds={"re_1": GIVEN})

    found = compare(ProviderMoney(captures=(CAPTURE,), refunds=(REFUND,)), known)

    assert found.differences == ()
    sums = found.figures["USD"]
    assert sums.credits - sums.debits == sums.provider_captured - sums.provider_refunded == 600
    assert (sums.local_captured, sums.local_refunded) == (1000, 400)


@pytest.mark.parametrize(
    ("payment", "kind"),
    [
        (None, "payment_unknown"),
        (replace(PAID, is_taken=False, booked=None), "payment_not_taken"),
        (replace(PAID, amount=999), "payment_amount_differs"),
        (replace(PAID, currency="EUR"), "payment_amount_differs"),
        (replace(PAID, booked=None), "payment_not_booked"),
        (replace(PAID, booked=999), "payment_not_booked"),
        (ORPHAN, "orphan_open"),
        (replace(ORPHAN, is_taken=True), "orphan_open"),
    ],
)
def test_each_difference_of_a_payment_is_told(payment: KnownPayment | None, kind: str) -> None:
    """FIN-005."""
    assert kinds(payment) == [kind]


@pytest.mark.parametrize(
    ("refund", "given", "kind"),
    [
        (None, {}, "refund_unknown"),
        (replace(GIVEN, is_done=False, booked=None), {}, "refund_not_taken"),
        (replace(GIVEN, amount=401), {}, "refund_amount_differs"),
        (replace(GIVEN, booked=None), {}, "refund_not_booked"),
        (GIVEN, {"state": ProviderRefundState.FAILED}, "refund_failed_at_provider"),
    ],
)
def test_each_difference_of_a_refund_is_told(
    refund: KnownRefund | None, given: dict[str, Any], kind: str
) -> None:
    """FIN-005, REF-006, R4."""
    assert kinds(refund=refund, given=replace(REFUND, **given)) == [kind]


def test_what_is_under_way_or_failed_on_both_sides_is_no_difference() -> None:
    waiting = replace(GIVEN, is_done=False, booked=None)
    for state in (ProviderRefundState.PENDING, ProviderRefundState.FAILED):
        assert kinds(refund=waiting, given=replace(REFUND, state=state)) == []
        assert kinds(refund=None, given=replace(REFUND, state=state)) == []


def test_an_orphan_that_was_given_back_is_none_of_the_books() -> None:
    """PAY-008: captured = credits + orphans, refunded = debits + orphans given back."""
    back = replace(GIVEN, amount=1000, is_orphan=True, booked=None)
    known = Known(payments={"pi_1": replace(ORPHAN, is_resolved=True)}, refunds={"re_1": back})
    money = ProviderMoney(captures=(CAPTURE,), refunds=(replace(REFUND, amount=1000),))

    found = compare(money, known)

    sums = found.figures["USD"]
    assert found.differences == ()
    assert (sums.credits + sums.orphans_captured, sums.debits + sums.orphans_refunded) == (
        sums.provider_captured,
        sums.provider_refunded,
    )


def test_what_only_we_know_is_told() -> None:
    known = Known(payments_of_day=(PAID,), refunds_of_day=(GIVEN,))
    found = only_ours(ProviderMoney(), known)
    assert [str(one.kind) for one in found.differences] == [
        "payment_missing_at_provider",
        "refund_missing_at_provider",
    ]
    assert only_ours(ProviderMoney(captures=(CAPTURE,), refunds=(REFUND,)), known).differences == ()


def test_currencies_are_kept_apart() -> None:
    yen = replace(CAPTURE, payment_reference="pi_2", amount=500, currency="JPY")
    ours = replace(PAID, reference="pi_2", amount=500, currency="JPY", booked=500)
    known = Known(payments={"pi_1": PAID, "pi_2": ours})
    found = compare(ProviderMoney(captures=(CAPTURE, yen)), known)
    assert {key: sums.credits for key, sums in found.figures.items()} == {"USD": 1000, "JPY": 500}
