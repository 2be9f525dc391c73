"""What may be said of a refund's goods, before and after, and how a flagged refund is settled."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.catalog.models import Variant
from apps.inventory.dto import LineQuantity
from apps.orders import objections
from apps.orders import services as orders
from apps.orders.errors import PiecesBeingRefunded
from apps.orders.models import Order
from apps.payments.gateways.base import ProviderRefundState
from apps.refunds import inquiries, services
from apps.refunds.dto import WantedLine
from apps.refunds.errors import FlagNotClearable, RestockImpossible
from apps.refunds.models import Refund
from apps.refunds.states import Restock
from apps.shared import clock, context
from apps.shared.audit.models import AuditEntry
from apps.shared.invariants.declare import declared
from apps.shared.invariants.examine import examine_shop
from apps.shared.mending import NotMendable
from apps.shared.states import InvalidTransition
from apps.shop.models import ShopSettings
from tests.inventory.stock import assert_movements_add_up
from tests.refunds.orders import (
    BOSS,
    NOW,
    FakeStripe,
    ask,
    line_id,
    paid_order,
    refunded,
    send,
    statuses,
    stock,
    stock_moves,
    tell,
)
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race


@pytest.fixture
def shirt(shop_a: TestShop) -> Variant:
    return make_variant(price=1000, stock=10)


@pytest.fixture
def bought(shop_a: TestShop, stripe: FakeStripe, shirt: Variant) -> Order:
    """Four shirts at 10.00, shipping 5.00: 45.00, paid."""
    connect_payments()
    return paid_order(shop_a, (shirt, 4))


def ship(order: Order, quantity: int) -> None:
    order.refresh_from_db()
    if order.fulfillment_status == "unfulfilled":
        orders.pack_order(order_id=order.pk, now=NOW)
    lines = [LineQuantity(line_id(order), quantity)]
    orders.ship_order(order_id=order.pk, lines=lines, now=NOW)


def pieces(order: Order, quantity: int, restock: str) -> dict[str, Any]:
    wanted = WantedLine(order_line_id=line_id(order), quantity=quantity, restock=Restock(restock))
    return {"lines": (wanted,)}


def decide(refund: Refund, restock: str, order: Order) -> Refund:
    choices = {line_id(order): Restock(restock)}
    return services.decide_goods(
        refund_id=refund.pk, choices=choices, why="looked on the shelf", now=NOW
    )


def unwell() -> list[str]:
    """What the nightly check says of refunds and their stock."""
    name = "refunds.stock_comes_back_with_its_refund"
    [said] = examine_shop(now=clock.now(), checks=[one for one in declared() if one.name == name])
    assert not said.error
    return [one.row for one in said.found.sample]


def flagged(order: Order, monkeypatch: pytest.MonkeyPatch) -> Refund:
    """Three pieces to be released that were shipped all the same, as older versions allowed."""
    refund = ask(order, **pieces(order, 3, "reserved"))
    monkeypatch.setattr(objections, "_promises", [])
    ship(order, 4)
    assert send(refund) == "succeeded"
    refund.refresh_from_db()
    assert refund.flag == "stock_not_moved"
    return refund


@pytest.mark.parametrize(
    ("shipped", "quantity", "restock", "possible"),
    [(0, 1, "returned", 0), (3, 2, "reserved", 1), (4, 1, "reserved", 0), (1, 2, "returned", 1)],
)
def test_ref_004_what_cannot_become_of_goods_is_refused_when_asked_for(
    bought: Order, shipped: int, quantity: int, restock: str, possible: int
) -> None:
    """REF-004, STOCK-003: and nothing is written."""
    if shipped:
        ship(bought, shipped)

    with pytest.raises(RestockImpossible) as refused:
        ask(bought, **pieces(bought, quantity, restock))

    told = refused.value.details
    assert (told["requested"], told["possible"], told["restock"]) == (quantity, possible, restock)
    assert str(told["line"]).startswith("oli_")
    assert not Refund.objects.exists()


def test_stock_003_a_piece_is_promised_once(bought: Order, shirt: Variant) -> None:
    """STOCK-003: what one refund under way is to release, or take back, is not there for two."""
    ship(bought, 2)
    ask(bought, **pieces(bought, 1, "reserved"))
    ask(bought, **pieces(bought, 2, "returned"))
    with pytest.raises(RestockImpossible):
        ask(bought, **pieces(bought, 1, "returned"))

    ask(bought, **pieces(bought, 1, "reserved"))
    for refund in Refund.objects.order_by("id"):
        assert send(refund) == "succeeded"
    assert stock(shirt) == (10, 0)
    assert_movements_add_up()
    assert unwell() == []


def test_two_who_ask_for_the_last_held_piece_at_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """STOCK-003: under the order's lock."""
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = paid_order(shop, (make_variant(price=1000), 2))
        ship(order, 1)
        results = race(shop, *[lambda: ask(order, **pieces(order, 1, "reserved"))] * 2)
        assert outcomes(results) == ["RestockImpossible", "ok"]


def test_goods_are_looked_at_again_when_a_second_person_approves(
    bought: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(bought, **pieces(bought, 4, "reserved"))
    monkeypatch.setattr(objections, "_promises", [])
    ship(bought, 4)

    with context.acting(as_actor=BOSS), pytest.raises(RestockImpossible):
        services.approve_refund(refund_id=refund.pk, now=NOW)

    refund.refresh_from_db()
    assert refund.status == "requested"


def test_pieces_that_a_refund_will_release_are_not_sent(bought: Order, shirt: Variant) -> None:
    """STOCK-003: neither by name nor with all the rest; goods and money both would be gone."""
    refund = ask(bought, **pieces(bought, 3, "reserved"))
    orders.pack_order(order_id=bought.pk, now=NOW)
    for quantity in (2, 4):
        with pytest.raises(PiecesBeingRefunded):
            ship(bought, quantity)
    assert stock(shirt) == (10, 4)

    parcel = orders.ship_order(order_id=bought.pk, lines=None, now=NOW)

    assert [line.quantity for line in parcel.lines.all()] == [1]
    with pytest.raises(PiecesBeingRefunded):
        orders.ship_order(order_id=bought.pk, lines=None, now=NOW)
    bought.refresh_from_db()
    assert bought.fulfillment_status == "packed"
    assert send(refund) == "succeeded"
    bought.refresh_from_db()
    assert (bought.fulfillment_status, stock(shirt)) == ("shipped", (9, 0))
    assert Refund.objects.get().flag == ""


def test_what_is_being_refunded_is_not_handed_over(bought: Order, shirt: Variant) -> None:
    refund = ask(bought, **pieces(bought, 1, "reserved"))
    with pytest.raises(PiecesBeingRefunded):
        orders.fulfil_order(order_id=bought.pk, now=NOW)
    assert (statuses(bought)[0], stock(shirt)) == ("paid", (10, 4))

    send(refund)

    orders.fulfil_order(order_id=bought.pk, now=NOW)
    assert stock(shirt) == (7, 0)


def test_a_refund_that_fails_lets_its_pieces_go_again(
    bought: Order, stripe: FakeStripe, shirt: Variant
) -> None:
    stripe.state = ProviderRefundState.FAILED
    refunded(bought, **pieces(bought, 4, "reserved"))
    ship(bought, 4)
    assert stock(shirt) == (6, 0)


# --- afterwards ----------------------------------------------------------------------------------


def test_a_flag_is_settled_by_saying_what_became_of_the_goods(
    bought: Order, shirt: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STOCK-005: invariants and repair name it until then, and neither of them afterwards."""
    refund = flagged(bought, monkeypatch)
    assert unwell() == [f"refund {refund.public_id}"]
    assert inquiries.refunds_without_their_stock(now=NOW) == [refund.pk]
    with pytest.raises(NotMendable, match="what became of them"):
        services.mend_refund_stock(refund_id=refund.pk, now=NOW)
    with pytest.raises(RestockImpossible):
        decide(refund, "reserved", bought)

    with context.acting(as_actor=BOSS):
        decide(refund, "returned", bought)

    refund.refresh_from_db()
    assert (refund.flag, stock(shirt), stock_moves(refund)) == ("", (9, 0), 1)
    assert unwell() == []
    assert inquiries.refunds_without_their_stock(now=NOW) == []
    assert services.mend_refund_stock(refund_id=refund.pk, now=NOW) is None
    last = refund.events.latest("id")
    assert (last.step, last.actor, last.why) == ("goods_decided", BOSS, "looked on the shelf")
    entry = AuditEntry.objects.get(action="refunds.goods_decided")
    line = f"oli_{line_id(bought).hex}"
    assert (entry.actor, entry.why) == (BOSS, "looked on the shelf")
    assert entry.before == {line: "reserved", "flagged": True}
    assert entry.after == {line: "returned", "flagged": False}
    assert_movements_add_up()


def test_goods_that_went_may_stay_where_they_are(
    bought: Order, shirt: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = flagged(bought, monkeypatch)

    decide(refund, "none", bought)

    refund.refresh_from_db()
    assert (refund.flag, stock(shirt), stock_moves(refund)) == ("", (6, 0), 0)
    assert unwell() == []
    assert inquiries.refunds_without_their_stock(now=NOW) == []


def test_pieces_that_are_not_sent_after_all_are_released_later(
    bought: Order, shirt: Variant
) -> None:
    """REF-004, STOCK-005: `none` is no prison for stock (docs/adr/0014)."""
    refund = refunded(bought, **pieces(bought, 2, "none"))
    assert stock(shirt) == (10, 4)

    decide(refund, "reserved", bought)

    assert (stock(shirt), stock_moves(refund)) == ((10, 2), 1)
    with pytest.raises(RestockImpossible, match="Nothing was chosen"):
        decide(refund, "reserved", bought)
    assert unwell() == []
    ship(bought, 2)
    bought.refresh_from_db()
    assert (bought.fulfillment_status, stock(shirt)) == ("shipped", (8, 0))


def test_a_parcel_s_order_is_shipped_when_the_rest_is_released_later(
    bought: Order, shirt: Variant
) -> None:
    ship(bought, 3)
    refund = refunded(bought, **pieces(bought, 1, "none"))

    decide(refund, "reserved", bought)

    bought.refresh_from_db()
    assert (bought.fulfillment_status, stock(shirt)) == ("shipped", (7, 0))


def test_goods_come_back_weeks_after_their_refund(bought: Order, shirt: Variant) -> None:
    ship(bought, 4)
    refund = refunded(bought, **pieces(bought, 2, "none"))

    decide(refund, "returned", bought)

    assert stock(shirt) == (8, 0)
    assert unwell() == []


def test_two_who_decide_at_once_move_the_goods_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """STOCK-005: once."""
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        shirt = make_variant(price=1000, stock=10)
        order = paid_order(shop, (shirt, 4))
        refund = refunded(order, **pieces(order, 1, "none"))
        results = race(shop, *[lambda: decide(refund, "reserved", order)] * 2)
        assert outcomes(results) == ["RestockImpossible", "ok"]
        assert (stock(shirt), stock_moves(refund)) == ((10, 3), 1)


def test_only_goods_of_a_refund_that_succeeded_are_decided_on(bought: Order) -> None:
    refund = ask(bought, **pieces(bought, 1, "none"))
    with pytest.raises(InvalidTransition):
        decide(refund, "reserved", bought)
    assert not AuditEntry.objects.filter(action="refunds.goods_decided").exists()


# --- other flags ---------------------------------------------------------------------------------


def test_r4_a_person_clears_the_flag_of_a_reversed_refund(bought: Order) -> None:
    """R4: who paid the customer in cash has dealt with it."""
    refund = refunded(bought, other_amount=700)
    assert refund.provider_reference
    tell(bought, "failed", 700, provider_reference=refund.provider_reference)

    with context.acting(as_actor=BOSS):
        services.clear_refund_flag(refund_id=refund.pk, why="paid in cash", now=NOW)

    refund.refresh_from_db()
    assert (refund.flag, refund.status, refund.reversed_at is not None) == ("", "succeeded", True)
    assert refund.events.latest("id").step == "cleared:reversed_by_provider"
    entry = AuditEntry.objects.get(action="refunds.flag_cleared")
    assert (entry.before, entry.after) == ({"flag": "reversed_by_provider"}, {"flag": ""})
    with pytest.raises(FlagNotClearable):
        services.clear_refund_flag(refund_id=refund.pk, why="again", now=NOW)


@pytest.mark.parametrize("flag", ["stock_not_moved", "amount_mismatch", "stuck", ""])
def test_other_flags_are_not_waved_away(bought: Order, flag: str) -> None:
    refund = ask(bought, other_amount=700)
    Refund.objects.update(flag=flag)
    with pytest.raises(FlagNotClearable):
        services.clear_refund_flag(refund_id=refund.pk, why="no", now=NOW)
    assert Refund.objects.get().flag == flag
