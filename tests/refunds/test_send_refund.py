"""Giving the money back: once, whatever dies, repeats or comes late."""

import itertools
from typing import Any

import pytest

from apps.finance.models import CreditNote
from apps.orders.models import Order
from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState
from apps.refunds import services
from apps.refunds.dto import WantedLine
from apps.refunds.errors import RefundExceedsTotal, RefundReferenceDiffers
from apps.refunds.models import Refund
from apps.refunds.states import REFUND, RefundStatus, Restock
from apps.shared.states import InvalidTransition
from tests.refunds.orders import (
    ASKER,
    NOW,
    FakeStripe,
    ask,
    books,
    credit_notes,
    events,
    intent_of,
    line_id,
    paid_order,
    refunded,
    send,
    statuses,
    steps,
    stock_moves,
    tell,
    work_off,
)
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def test_a_success_reaches_order_stock_and_books_at_once(order: Order, stripe: FakeStripe) -> None:
    """REF-004, REF-007, FIN-002, FIN-003."""
    piece = WantedLine(order_line_id=line_id(order), quantity=1, restock=Restock.RESERVED)
    refund = ask(order, lines=(piece,))
    assert stock_moves(refund) == 0

    assert send(refund) == "succeeded"

    refund.refresh_from_db()
    assert (refund.status, refund.provider_reference) == ("succeeded", f"re_{refund.provider_key}")
    assert stripe.asked == [f"{refund.public_id}:create"]
    assert statuses(order) == ("partially_refunded", "partially_refunded")
    assert books(order) == [("credit", 2500), ("debit", 1000)]
    assert [amount for _, amount in credit_notes(order)] == [1000]
    assert stock_moves(refund) == 1
    assert steps(refund) == [
        ("requested", ASKER),
        ("approved", ASKER),
        ("processing", "system"),
        ("succeeded", "system"),
    ]
    assert events()[-1] == "refunds.refund.succeeded"


def test_ref_007_the_order_is_refunded_exactly_when_all_is_given_back(order: Order) -> None:
    """REF-007, ORDER-004, FIN-003: gapless credit notes."""
    for amount, status in ((1, "partially_refunded"), (2498, "partially_refunded")):
        refunded(order, other_amount=amount)
        assert statuses(order) == (status, status)

    refunded(order, other_amount=1)

    assert statuses(order) == ("refunded", "refunded")
    assert [int(number[-6:]) for number, _ in credit_notes(order)] == [1, 2, 3]
    assert sum(amount for kind, amount in books(order) if kind == "debit") == 2500


def test_a_worker_sends_what_was_approved(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=100)

    work_off(["apps.refunds"])
    work_off(["apps.refunds"])

    refund.refresh_from_db()
    assert (refund.status, len(stripe.asked)) == ("succeeded", 1)


def test_sending_twice_gives_back_once(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=100)

    assert [send(refund), send(refund)] == ["succeeded", "nothing_to_send"]
    assert books(order) == [("credit", 2500), ("debit", 100)]


def test_two_workers_at_once_give_back_once(committed_shop: TestShop, stripe: FakeStripe) -> None:
    """STOCK-005, FIN-002, REF-004."""
    connect_payments()
    order = paid_order(committed_shop, (make_variant(price=1000), 2))
    piece = WantedLine(order_line_id=line_id(order), quantity=1, restock=Restock.RESERVED)
    refund = ask(order, lines=(piece,))

    results = race(committed_shop, *[lambda: send(refund)] * 4)

    assert outcomes(results) == ["ok"] * 4
    assert set(stripe.asked) == {refund.provider_key}
    assert books(order) == [("credit", 2500), ("debit", 1000)]
    assert (stock_moves(refund), len(credit_notes(order))) == (1, 1)


def test_an_outage_leaves_it_in_processing_and_the_next_try_uses_the_same_key(
    order: Order, stripe: FakeStripe
) -> None:
    """PAY-004, PAY-005, X7: the provider acted and we never heard of it."""
    refund = ask(order, other_amount=100)
    stripe.after = [ProviderUnavailable(reason="timeout")]

    with pytest.raises(ProviderUnavailable):
        send(refund)
    refund.refresh_from_db()
    assert (refund.status, books(order)) == ("processing", [("credit", 2500)])

    assert send(refund) == "succeeded"
    assert stripe.asked == [refund.provider_key]  # found in the provider's list: not asked again
    assert len(stripe.refunds) == 1


def test_an_outage_before_the_provider_acted(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=100)
    stripe.before = [ProviderUnavailable(reason="timeout")]

    with pytest.raises(ProviderUnavailable):
        send(refund)

    assert send(refund) == "succeeded"
    assert stripe.asked == [refund.provider_key] * 2


@pytest.mark.parametrize("dies_at", ["request_provider_refund", "apply_reported_refund"])
def test_a_crash_between_any_two_steps_is_mended_by_doing_it_again(
    order: Order, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    """PAY-005."""
    refund = ask(order, other_amount=100)
    where: Any = "apps.refunds.services._send_refund."
    if dies_at == "request_provider_refund":
        where += "payments."

    def die(**_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(where + dies_at, die)
        with pytest.raises(SystemExit):
            send(refund)

    assert send(refund) == "succeeded"
    assert books(order) == [("credit", 2500), ("debit", 100)]
    assert len(stripe.refunds) == 1


def test_a_refusal_fails_it_and_it_can_be_tried_again(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=2500)
    stripe.before = [ProviderRefused("no such charge")]

    assert send(refund) == "failed"

    refund.refresh_from_db()
    assert (refund.status, refund.failure_code) == ("failed", "provider_refused")
    assert (statuses(order), books(order)) == (("paid", "paid"), [("credit", 2500)])
    assert events()[-1] == "refunds.refund.failed"

    again = services.retry_refund(refund_id=refund.pk, now=NOW)
    assert (again.retry_of_id, again.amount, again.status) == (refund.pk, 2500, "approved")
    with pytest.raises(InvalidTransition):
        services.retry_refund(refund_id=refund.pk, now=NOW)
    assert send(again) == "succeeded"
    assert len(set(stripe.asked)) == 2
    assert statuses(order) == ("refunded", "refunded")
    with pytest.raises(InvalidTransition):
        services.retry_refund(refund_id=again.pk, now=NOW)


def test_a_failed_refund_gives_its_stock_nothing(order: Order, stripe: FakeStripe) -> None:
    """REF-004, STOCK-005."""
    stripe.state = ProviderRefundState.FAILED
    piece = WantedLine(order_line_id=line_id(order), quantity=2, restock=Restock.RESERVED)

    refund = refunded(order, lines=(piece,))

    assert (refund.status, stock_moves(refund)) == ("failed", 0)


def test_the_pieces_of_a_failed_refund_are_priced_anew(order: Order, stripe: FakeStripe) -> None:
    one = (WantedLine(order_line_id=line_id(order), quantity=1),)
    stripe.state = ProviderRefundState.FAILED
    failed = refunded(order, lines=one)
    stripe.state = ProviderRefundState.SUCCEEDED
    refunded(order, lines=one)

    again = services.retry_refund(refund_id=failed.pk, now=NOW)

    assert send(again) == "succeeded"
    assert [amount for _, amount in credit_notes(order)] == [1000, 1000]


def test_pending_money_waits_for_the_provider(order: Order, stripe: FakeStripe) -> None:
    stripe.state = ProviderRefundState.PENDING
    refund = ask(order, other_amount=100)

    assert send(refund) == "noted"
    assert statuses(order) == ("paid", "paid")

    answer = {"provider_reference": f"re_{refund.provider_key}"}
    assert tell(order, "succeeded", 100, **answer) == "succeeded"
    assert statuses(order) == ("partially_refunded", "partially_refunded")


ARRIVALS = ["answer", "created", "updated", "charge", "updated"]


@pytest.mark.parametrize("arrival", sorted(set(itertools.permutations(ARRIVALS))))
def test_pay_007_the_end_is_the_same_for_every_order_of_arrival(
    order: Order, stripe: FakeStripe, arrival: tuple[str, ...]
) -> None:
    """PAY-007: answer, refund.created (pending), refund.updated twice, charge.refunded, in any
    order."""
    refund = ask(order, other_amount=100)
    assert services.begin_refund(refund_id=refund.pk, now=NOW) is not None
    intent = intent_of(order)
    reference = f"re_{refund.provider_key}"
    stripe.refunds[refund.provider_key] = ProviderRefund(
        reference=reference,
        payment_reference="pi",
        state=ProviderRefundState.SUCCEEDED,
        amount=100,
        currency="USD",
        metadata={"tenant": "shop_test_a", "refund": refund.public_id},
    )

    for what in arrival:
        if what == "answer":
            send(refund)
        elif what == "charge":
            services.sync_refunds(payment_id=intent.pk, order_id=order.pk, now=NOW)
        else:
            state = "pending" if what == "created" else "succeeded"
            tell(order, state, 100, provider_reference=reference, refund_id=refund.pk)

    refund.refresh_from_db()
    assert (refund.status, refund.provider_reference, refund.flag) == ("succeeded", reference, "")
    assert Refund.objects.count() == 1
    assert books(order) == [("credit", 2500), ("debit", 100)]
    assert len(credit_notes(order)) == 1
    assert statuses(order) == ("partially_refunded", "partially_refunded")
    assert events().count("refunds.refund.succeeded") == 1
    assert stripe.asked == []


def test_another_amount_than_asked_for_is_flagged_and_settles_nothing(
    order: Order, stripe: FakeStripe
) -> None:
    refund = ask(order, other_amount=100)
    services.begin_refund(refund_id=refund.pk, now=NOW)

    assert tell(order, "succeeded", 101, refund_id=refund.pk) == "amount_mismatch"

    refund.refresh_from_db()
    assert (refund.status, refund.flag) == ("processing", "amount_mismatch")
    assert books(order) == [("credit", 2500)]


def test_a_second_refund_under_the_same_id_is_refused(order: Order, stripe: FakeStripe) -> None:
    refund = refunded(order, other_amount=100)

    with pytest.raises(RefundReferenceDiffers):
        tell(order, "succeeded", 100, provider_reference="re_other", refund_id=refund.pk)

    assert books(order) == [("credit", 2500), ("debit", 100)]


def test_order_004_more_than_the_total_is_refused_and_logged(
    order: Order, stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    """ORDER-004."""
    refunded(order, other_amount=2000)

    with pytest.raises(RefundExceedsTotal):
        tell(order, "succeeded", 501)

    assert [one.levelname for one in caplog.records if one.message == "refund.exceeds_total"] == [
        "ERROR"
    ]
    assert (Refund.objects.count(), CreditNote.objects.count()) == (1, 1)
    assert books(order) == [("credit", 2500), ("debit", 2000)]
    assert statuses(order) == ("partially_refunded", "partially_refunded")


def test_every_step_of_the_table_and_no_other() -> None:
    """REF-008 rests on it: requested → approved → processing → succeeded or failed."""
    allowed = {(source, target) for source, all_ in REFUND.transitions.items() for target in all_}
    assert allowed == {
        (RefundStatus.REQUESTED, RefundStatus.APPROVED),
        (RefundStatus.REQUESTED, RefundStatus.REJECTED),
        (RefundStatus.REQUESTED, RefundStatus.CANCELLED),
        (RefundStatus.APPROVED, RefundStatus.PROCESSING),
        (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED),
        (RefundStatus.PROCESSING, RefundStatus.FAILED),
    }
