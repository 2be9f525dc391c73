"""Mending stock: the row, its movements and what is held for orders agree again (STOCK-004)."""

import pytest
from django.db.models import F

from apps.inventory import selectors, services
from apps.inventory.dto import Trusted
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.shared import context
from apps.shared.audit.models import AuditEntry
from apps.shared.ids import new_id
from apps.shared.mending import Difference, NotMendable
from tests.inventory.stock import NOW, assert_movements_add_up, demand, figures, reserve
from tests.support.goods import make_variant
from tests.support.shops import TestShop
from tests.support.threads import race


def spoil(variant: object, **changes: object) -> None:
    """Change the row behind everybody's back."""
    assert StockItem.objects.filter(variant=variant).update(**changes) == 1


def mend(variant: object, trusted: Trusted = Trusted.LEDGER) -> Difference | None:
    item = StockItem.objects.get(variant=variant)
    with context.acting(request="req_mend", as_actor="repair:ada"):
        return services.mend_stock_item(stock_item_id=item.pk, trusted=trusted, now=NOW)


def corrections() -> list[tuple[int, int]]:
    found = StockMovement.objects.filter(reason="correction").order_by("id")
    return list(found.values_list("on_hand_delta", "reserved_delta"))


def test_a_row_that_nobody_can_explain_goes_back_to_its_movements(shop_a: TestShop) -> None:
    """The ledger keeps both: what happened to the row, and that it was taken back."""
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    assert selectors.stock_items_that_disagree() == [StockItem.objects.get(variant=variant).pk]

    difference = mend(variant)

    assert difference is not None
    assert (difference.before["on_hand"], difference.after["on_hand"]) == (15, 10)
    assert figures(variant) == (10, 0, 10)
    assert corrections() == [(5, 0), (-5, 0)]
    move = StockMovement.objects.latest("id")
    assert (move.actor, move.reference_type, move.reference_id) == (
        "repair:ada",
        "repair",
        "req_mend",
    )
    assert_movements_add_up()
    assert selectors.stock_items_that_disagree() == []


def test_a_row_that_was_just_counted_is_told_to_the_ledger(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=7)

    assert mend(variant, Trusted.ROW) is not None

    assert figures(variant) == (7, 0, 7)
    assert corrections() == [(-3, 0)]
    assert_movements_add_up()


@pytest.mark.parametrize(
    ("row", "ledger"), [(+1, 0), (-2, 0), (0, +1), (0, -2), (+1, +1), (+3, -1)]
)
def test_what_is_held_for_orders_is_what_is_reserved(
    shop_a: TestShop, row: int, ledger: int
) -> None:
    variant = make_variant(stock=10)
    reserve(new_id(), demand(variant, 3))
    item = StockItem.objects.get(variant=variant)
    spoil(variant, reserved=F("reserved") + row)
    if ledger:
        item.movements.create(
            reason="reserve", reserved_delta=ledger, reference_type="bug", created_at=NOW
        )

    difference = mend(variant)

    assert difference is not None
    assert (difference.before["reserved"], difference.after["reserved"]) == (3 + row, 3)
    assert figures(variant) == (10, 3, 7)
    assert_movements_add_up()
    assert mend(variant) is None


def test_both_at_once(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    reserve(new_id(), demand(variant, 3))
    spoil(variant, on_hand=20, reserved=0)
    assert mend(variant) is not None
    assert figures(variant) == (10, 3, 7)
    assert corrections() == [(10, -3), (-10, 3)]
    assert_movements_add_up()


def test_it_is_on_record_with_what_was_seen(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    mend(variant)
    entry = AuditEntry.objects.get(action="repair.stock")
    assert (entry.actor, entry.request_id, entry.origin) == ("repair:ada", "req_mend", "command")
    assert entry.target_id == str(StockItem.objects.get(variant=variant).pk)
    assert entry.before == {
        "on_hand": 15,
        "reserved": 0,
        "moved_on_hand": 10,
        "moved_reserved": 0,
        "held_for_orders": 0,
    }
    assert (entry.after["on_hand"], entry.after["moved_on_hand"]) == (10, 10)


def test_a_row_that_agrees_is_left_alone(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    assert mend(variant) is None
    assert not AuditEntry.objects.exists()
    assert not StockMovement.objects.filter(reason="correction").exists()
    assert services.mend_stock_item(stock_item_id=0, trusted=Trusted.LEDGER, now=NOW) is None


def test_more_held_than_there_is_needs_a_person_and_nothing_is_written(shop_a: TestShop) -> None:
    variant = make_variant(stock=3)
    reserve(new_id(), demand(variant, 3))
    spoil(variant, on_hand=12)
    Reservation.objects.update(quantity=9)

    with pytest.raises(NotMendable, match="9 are held for orders and 3 are on hand"):
        mend(variant)

    assert figures(variant) == (12, 3, 9)
    assert not AuditEntry.objects.exists()
    assert corrections() == []


def test_without_its_audit_entry_nothing_is_mended(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)

    def refuse(**told: object) -> None:
        raise LookupError

    monkeypatch.setattr("apps.inventory.services._mend_stock_item.record_mend", refuse)
    with pytest.raises(LookupError):
        mend(variant)
    assert figures(variant) == (15, 0, 15)
    assert corrections() == []


def test_two_who_mend_the_same_row_mend_it_once(committed_shop: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    results = race(committed_shop, *[lambda: mend(variant)] * 4)
    assert [isinstance(one, Difference) for one in results].count(True) == 1
    assert results.count(None) == 3
    assert figures(variant) == (10, 0, 10)
    assert AuditEntry.objects.filter(action="repair.stock").count() == 1


def test_stock_is_mended_while_orders_are_placed(committed_shop: TestShop) -> None:
    """Whoever is under way meanwhile neither loses a reservation nor sells one piece twice."""
    variant = make_variant(stock=40)
    spoil(variant, on_hand=60)

    def buy() -> None:
        for _ in range(5):
            reserve(new_id(), demand(variant, 1))

    def keep_mending() -> list[Difference | None]:
        return [mend(variant) for _ in range(10)]

    results = race(committed_shop, *[buy] * 4, keep_mending, keep_mending)

    assert [one for one in results if isinstance(one, BaseException)] == []
    mended = [one for done in results if done for one in done if one is not None]  # type: ignore[attr-defined]
    assert len(mended) == 1
    assert figures(variant) == (40, 20, 20)
    assert_movements_add_up()


def test_a_sound_row_is_never_taken_for_a_broken_one_while_it_moves(
    committed_shop: TestShop,
) -> None:
    """The look that finds suspects sees each change whole."""
    variants = [make_variant(stock=50) for _ in range(3)]

    def buy() -> list[int]:
        for _ in range(8):
            reserve(new_id(), *(demand(one, 1) for one in variants))
        return []

    def look() -> list[int]:
        return [key for _ in range(20) for key in selectors.stock_items_that_disagree()]

    assert race(committed_shop, buy, buy, look, look) == [[], [], [], []]
    assert_movements_add_up()
