"""Refunds whose outcome nobody told: taken up again, ever more seldom, until a person must look."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from apps.orders.models import Order
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState
from apps.refunds import services
from apps.refunds.models import Refund
from tests.refunds.orders import NOW, FakeStripe, ask, books, intent_of, paid_order, send, tell
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race


def take_up(*, minutes: float) -> int:
    return services.sync_overdue_refunds(now=NOW + timedelta(minutes=minutes), most=10)


def status(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.status


def test_approved_and_never_sent(order: Order, stripe: FakeStripe) -> None:
    """PAY-005: the event's delivery died."""
    refund = ask(order, other_amount=100)

    assert [take_up(minutes=1), take_up(minutes=2), take_up(minutes=60)] == [0, 1, 0]

    assert (status(refund), len(stripe.refunds)) == ("succeeded", 1)
    assert books(order) == [("credit", 2500), ("debit", 100)]


def test_sent_and_never_answered(order: Order, stripe: FakeStripe) -> None:
    """X7, PAY-004."""
    refund = ask(order, other_amount=100)
    stripe.after = [ProviderUnavailable()]
    with pytest.raises(ProviderUnavailable):
        send(refund)

    take_up(minutes=3)

    assert (status(refund), len(stripe.refunds)) == ("succeeded", 1)


def test_pending_at_the_bank_and_the_webhook_never_came(order: Order, stripe: FakeStripe) -> None:
    """P7."""
    stripe.state = ProviderRefundState.PENDING
    refund = ask(order, other_amount=100)
    send(refund)
    take_up(minutes=3)
    assert status(refund) == "processing"
    [(key, pending)] = stripe.refunds.items()
    stripe.refunds[key] = ProviderRefund(
        **{**vars(pending), "state": ProviderRefundState.SUCCEEDED}
    )

    take_up(minutes=10)

    assert (status(refund), len(stripe.asked)) == ("succeeded", 1)


def test_a_refund_of_the_dashboard_is_asked_for_and_never_sent(
    order: Order, stripe: FakeStripe
) -> None:
    """REF-006, REF-003: sending it would give the money back twice."""
    tell(order, "pending", 700, payment_id=intent_of(order).pk)
    refund = Refund.objects.get()
    assert (refund.source, refund.status) == ("provider", "processing")

    assert take_up(minutes=3) == 1
    assert services.send_refund(refund_id=refund.pk, now=NOW) == "nothing_to_send"

    assert (stripe.asked, status(refund)) == ([], "processing")


def test_ever_more_seldom_then_flagged_then_no_more(order: Order, stripe: FakeStripe) -> None:
    """Bounded retries, visible state."""
    refund = ask(order, other_amount=100)
    stripe.before = [ProviderUnavailable() for _ in range(200)]
    minutes: list[int] = []
    flagged_at = 0

    for minute in (2, 5, 6, 13, 14, 29, 30, 62, 126, 254, 509, *range(510, 13 * 24 * 60, 60)):
        now = NOW + timedelta(minutes=minute)
        if services.claim_refund_to_sync(now=now) is None:
            continue
        minutes.append(minute)
        refund.refresh_from_db()
        if refund.flag and not flagged_at:
            flagged_at = minute

    assert minutes[:8] == [2, 6, 14, 30, 62, 126, 254, 510]
    assert (refund.flag, flagged_at) == ("stuck", 510)
    assert {b - a for a, b in pairwise(minutes[8:])} == {360}
    assert (len(minutes), refund.attempts) == (40, 40)


def test_what_succeeds_at_last_is_no_longer_stuck(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=100)
    Refund.objects.update(flag="stuck", attempts=9, asked_at=NOW)

    take_up(minutes=6 * 60)

    assert (status(refund), refund.flag) == ("succeeded", "")


def test_a_sweep_stops_at_silence(order: Order, stripe: FakeStripe) -> None:
    ask(order, other_amount=100)
    ask(order, other_amount=200)
    stripe.before = [ProviderUnavailable()]

    with pytest.raises(ProviderUnavailable):
        take_up(minutes=3)

    assert take_up(minutes=3) == 1
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["processing", "succeeded"]


def test_workers_at_once_take_up_different_refunds(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = paid_order(shop, (make_variant(price=1000), 2))
        made = {ask(order, other_amount=amount).pk for amount in range(1, 6)}
        later = NOW + timedelta(minutes=3)

        claimed = race(shop, *[lambda: services.claim_refund_to_sync(now=later)] * 8)

        found = [one for one in claimed if one is not None]
        assert len(found) == len(set(found))
        assert set(found) <= made
