"""Mending payments: the provider is asked, and its word is taken as a webhook's is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.checkout import selectors, services
from apps.finance.models import FinancialTransaction
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderState
from apps.payments.models import PaymentIntent
from apps.shared.audit.models import AuditEntry
from apps.shared.ids import new_id
from apps.shared.mending import Difference, NotMendable
from apps.shared.outbox.models import DomainEvent
from tests.checkout.test_sync_payment import FakeStripe, started
from tests.orders.placing import NOW, intent_of, settle, tell
from tests.refunds.orders import work_off
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Awaits 10.00; the provider knows of the payment as `pi_1`."""
    connect_payments()
    return started("pi_1")


def mend(order: Order) -> Difference | None:
    return services.mend_payment(payment_id=intent_of(order).pk, now=LATER)


def changed(difference: Difference | None) -> dict[str, Any]:
    """What a difference changes."""
    if difference is None:
        return {}
    return {
        key: (difference.before[key], value)
        for key, value in difference.after.items()
        if value != difference.before[key]
    }


def predicted(order: Order) -> dict[str, Any]:
    found = services.diagnose_payment(payment_id=intent_of(order).pk)
    return changed(found.difference if found else None)


def status(order: Order) -> str:
    return str(Order.objects.get(pk=order.pk).status)


def entries() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    rows = AuditEntry.objects.filter(action="repair.payments").order_by("id")
    return list(rows.values_list("target_id", "why", "before", "after"))


def suspects() -> list[object]:
    return list(
        selectors.payments_to_look_at(
            under_way_before=LATER, settled_before=LATER, given_up_since=None
        )
    )


def test_money_whose_webhook_never_came_is_taken_as_the_webhook_would_have(
    order: Order, stripe: FakeStripe
) -> None:
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
    assert suspects() == [intent_of(order).pk]
    assert predicted(order) == {"status": ("processing", "succeeded")}
    assert intent_of(order).status == "processing", "a look changes nothing"

    assert changed(mend(order)) == {"status": ("processing", "succeeded")}
    work_off(("apps.checkout",))

    assert status(order) == "paid"
    assert mend(order) is None
    assert FinancialTransaction.objects.count() == 1
    assert [one[:2] for one in entries()] == [
        (intent_of(order).public_id, "the provider took 1000 USD")
    ]
    assert suspects() == []


def test_a_payment_that_waits_for_the_shopper_is_well(order: Order, stripe: FakeStripe) -> None:
    assert predicted(order) == {}
    assert mend(order) is None
    assert (intent_of(order).status, stripe.cancelled, entries()) == ("processing", [], [])


def test_one_that_the_provider_has_given_up_is_closed(order: Order, stripe: FakeStripe) -> None:
    stripe.state = ProviderState.CANCELLED
    assert predicted(order) == changed(mend(order)) == {"status": ("processing", "cancelled")}
    assert stripe.cancelled == []


def test_another_amount_is_flagged_once(order: Order, stripe: FakeStripe) -> None:
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 999
    assert predicted(order) == changed(mend(order)) == {"flag": ("", "amount_mismatch")}
    assert (mend(order), len(entries()), status(order)) == (None, 1, "awaiting_payment")


def test_a_payment_of_a_cancelled_order_is_given_up_there_and_here(
    order: Order, stripe: FakeStripe
) -> None:
    """The delivery that should have done so died."""
    orders.cancel_order(order_id=order.pk, reason="x", now=NOW)

    assert predicted(order) == {"status": ("processing", "cancelled")}
    assert stripe.cancelled == [], "a look writes nothing at the provider"
    assert changed(mend(order)) == {"status": ("processing", "cancelled")}

    assert stripe.cancelled == ["pi_1"]
    assert entries()[0][1] == "its order needs no money any more"
    assert (mend(order), suspects()) == (None, [])


def test_a_payment_of_a_cancelled_order_that_was_paid_meanwhile_is_taken(
    order: Order, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's answer to our giving up is the last word (PAY-008)."""
    orders.cancel_order(order_id=order.pk, reason="x", now=NOW)

    def paid_just_now(reference: str, *, key: str) -> object:
        stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
        return stripe._answer(reference)

    monkeypatch.setattr(stripe, "cancel_intent", paid_just_now)
    assert changed(mend(order)) == {"status": ("processing", "succeeded")}
    work_off(("apps.checkout",))
    assert (status(order), intent_of(order).flag) == ("cancelled", "order_not_payable")


def test_one_that_the_provider_goes_on_with_needs_a_person(
    order: Order, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders.cancel_order(order_id=order.pk, reason="x", now=NOW)
    monkeypatch.setattr(
        stripe, "cancel_intent", lambda reference, *, key: stripe._answer(reference)
    )
    with pytest.raises(NotMendable, match="goes on with it"):
        mend(order)
    assert (intent_of(order).status, entries()) == ("processing", [])


def test_a_payment_that_the_provider_was_never_told_of_is_closed_here(
    shop_a: TestShop, stripe: FakeStripe
) -> None:
    connect_payments()
    order = started(None)
    assert predicted(order) == {}, "the shopper may still begin"
    orders.cancel_order(order_id=order.pk, reason="x", now=NOW)
    assert changed(mend(order)) == {"status": ("processing", "cancelled")}
    assert stripe.asked == []


def test_an_orphan_without_an_order_is_given_up(order: Order, stripe: FakeStripe) -> None:
    orphan = intent_of(order)
    PaymentIntent.objects.filter(pk=orphan.pk).update(order_id=new_id())
    difference = services.mend_payment(payment_id=orphan.pk, now=LATER)
    assert changed(difference) == {"status": ("processing", "cancelled")}
    assert (stripe.cancelled, entries()[0][1]) == (["pi_1"], "it belongs to no order")


def test_money_of_an_orphan_needs_a_person(order: Order, stripe: FakeStripe) -> None:
    orphan = intent_of(order)
    PaymentIntent.objects.filter(pk=orphan.pk).update(order_id=new_id(), status="succeeded")
    assert suspects() == [orphan.pk]
    with pytest.raises(NotMendable, match="1000 USD were taken for an order that does not exist"):
        services.mend_payment(payment_id=orphan.pk, now=LATER)


def test_money_that_is_here_and_not_on_the_books_is_settled(order: Order) -> None:
    """The delivery that should have told the order died."""
    tell(order)
    assert suspects() == [intent_of(order).pk]
    assert predicted(order) == {"order": ("awaiting_payment", "paid")}
    assert changed(mend(order)) == {"order": ("awaiting_payment", "paid")}
    assert FinancialTransaction.objects.count() == 1
    assert (mend(order), suspects(), len(entries())) == (None, [], 1)


def test_money_that_is_here_for_an_order_that_is_over_is_flagged(order: Order) -> None:
    orders.cancel_order(order_id=order.pk, reason="x", now=NOW)
    tell(order)
    assert predicted(order) == changed(mend(order)) == {"flag": ("", "order_not_payable")}
    assert (mend(order), suspects()) == (None, [])


def test_money_taken_after_a_payment_was_given_up_here_is_found_when_asked_for(
    order: Order, stripe: FakeStripe
) -> None:
    tell(order, ProviderState.CANCELLED)
    PaymentIntent.objects.update(provider_reference="pi_1")
    stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
    assert suspects() == []
    found = selectors.payments_to_look_at(
        under_way_before=LATER, settled_before=LATER, given_up_since=NOW
    )
    assert found == [intent_of(order).pk]
    assert changed(mend(order)) == {"flag": ("", "succeeded_after_close")}
    assert mend(order) is None


def test_a_provider_that_is_away_leaves_everything_as_it_is(
    order: Order, stripe: FakeStripe
) -> None:
    stripe.failures["pi_1"] = ProviderUnavailable()
    with pytest.raises(ProviderUnavailable):
        mend(order)
    assert (intent_of(order).status, entries()) == ("processing", [])


def test_a_webhook_and_a_repair_and_another_repair_at_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """One success, one event, at most one entry: by whoever came first."""
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        for number in range(6):
            order = started(f"pi_{number}")
            stripe.state, stripe.amount = ProviderState.SUCCEEDED, 1000
            results = race(
                shop,
                lambda: tell(order),  # noqa: B023 - the race ends before the next round
                lambda: changed(mend(order)),  # noqa: B023
                lambda: changed(mend(order)),  # noqa: B023
            )
            assert [one for one in results if isinstance(one, BaseException)] == []
            told = results[0]
            mended = [one for one in results[1:] if one]
            # Who did not bring the news may still have been the one to settle the order by it.
            assert (told, len(mended)) in (
                ("succeeded", 0),
                ("succeeded", 1),
                ("already_succeeded", 1),
            )
            assert intent_of(order).status == "succeeded"
            assert AuditEntry.objects.filter(target_id=intent_of(order).public_id).count() == len(
                mended
            )
        succeeded = DomainEvent.objects.filter(name="payments.intent.succeeded")
        assert succeeded.count() == 6


def test_settling_by_the_worker_and_by_a_repair_at_once_books_it_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = started("pi_1")
        tell(order)
        results = race(shop, lambda: settle(order), lambda: mend(order), lambda: mend(order))
        assert [one for one in results if isinstance(one, BaseException)] == []
        assert status(order) == "paid"
        assert FinancialTransaction.objects.count() == 1
        assert intent_of(order).flag == ""


def test_payments_are_given_up_once_by_two_repairs(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = started("pi_1")
        orders.cancel_order(order_id=order.pk, reason="x", now=NOW)
        results = race(
            shop,
            lambda: changed(mend(order)),
            lambda: changed(mend(order)),
            lambda: payments.cancel_payment_of_order(order_id=order.pk, now=NOW),
        )
        assert [one for one in results if isinstance(one, BaseException)] == []
        assert intent_of(order).status == "cancelled"
        cancelled = DomainEvent.objects.filter(name="payments.intent.cancelled")
        assert cancelled.count() == 1
        assert AuditEntry.objects.filter(action="repair.payments").count() <= 1
