"""`manage.py repair stock`: what it prints, asks and leaves alone."""

import sys

import pytest

from apps.inventory.models import Reservation, StockItem
from apps.shared.audit.models import AuditEntry
from apps.shared.ids import new_id
from apps.shared.schema import PUBLIC
from tests.inventory.stock import assert_movements_add_up, demand, figures, reserve
from tests.inventory.test_mend_stock_item import spoil
from tests.repair.running import Run, repair
from tests.support.goods import make_variant
from tests.support.shops import TestShop, use_shop
from tests.support.tables import fingerprints


def stock(shop: TestShop, *arguments: str) -> Run:
    return repair("stock", *arguments, shop=shop)


def test_a_dry_run_prints_the_diff_and_changes_no_row_of_any_table(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    item = StockItem.objects.get(variant=variant)
    before = fingerprints(shop_a.schema, PUBLIC)

    run = stock(shop_a, "--dry-run")

    assert run.code == 0
    assert f"stock_item {item.pk} ({variant.sku} at Main warehouse)" in run.text
    assert "    on_hand          15 → 10\n" in run.text
    assert "    held_for_orders  0\n" in run.text
    assert run.text.endswith("1 would be mended; nothing was changed\n")
    assert fingerprints(shop_a.schema, PUBLIC) == before
    assert len(before) > 60


def test_a_second_run_has_nothing_to_do(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    first = stock(shop_a, "--yes")
    assert first.code == 0
    assert "1 mended, 0 well by now, 0 failed" in first.text
    request_id = AuditEntry.objects.get().request_id
    assert f"in the audit and the logs under request id {request_id}" in first.text
    assert AuditEntry.objects.get().actor.startswith("repair:")
    before = fingerprints(shop_a.schema, PUBLIC)
    second = stock(shop_a, "--yes")
    assert (second.code, "0 stock to mend" in second.text) == (0, True)
    assert fingerprints(shop_a.schema, PUBLIC) == before


def test_what_cannot_be_mended_fails_and_the_others_are_mended(shop_a: TestShop) -> None:
    bad, good = make_variant(stock=3), make_variant(stock=10)
    reserve(new_id(), demand(bad, 3))
    Reservation.objects.update(quantity=9)
    spoil(good, on_hand=15)

    run = stock(shop_a, "--yes")

    assert run.code == 3
    assert "cannot be mended: 9 are held for orders and 3 are on hand" in run.text
    assert "1 mended, 0 well by now, 1 failed" in run.text
    assert figures(good) == (10, 0, 10)
    assert figures(bad) == (3, 3, 0)


def test_one_row_is_chosen_by_its_id(shop_a: TestShop) -> None:
    left, right = make_variant(stock=10), make_variant(stock=10)
    spoil(left, on_hand=15)
    spoil(right, on_hand=15)
    key = StockItem.objects.get(variant=right).pk
    assert stock(shop_a, "--id", str(key), "--trust", "row", "--yes").code == 0
    assert (figures(left)[0], figures(right)[0]) == (15, 15)
    assert stock(shop_a, "--dry-run").text.count("stock_item") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "because"),
    [
        (["--id", "seventeen", "--dry-run"], 1, "'seventeen' is no stock item: they are numbers"),
        (["--id", "٣", "--dry-run"], 1, "'٣' is no stock item"),
        (["--id", "9" * 30, "--dry-run"], 1, "is no stock item"),
        (["--id", "999999", "--yes"], 3, ""),
    ],
)
def test_ids_that_mean_nothing(
    shop_a: TestShop, arguments: list[str], code: int, because: str
) -> None:
    run = stock(shop_a, *arguments)
    assert run.code == code
    assert because in run.hints


def test_without_yes_and_without_a_person_nothing_is_changed(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    run = stock(shop_a)
    assert run.code == 1
    assert "Say --yes to mend" in run.hints
    assert "15 → 10" in run.text
    assert figures(variant)[0] == 15


@pytest.mark.parametrize(("answer", "left"), [("y", 10), ("n", 15), ("", 15)])
def test_a_person_is_asked(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    variant = make_variant(stock=10)
    spoil(variant, on_hand=15)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert stock(shop_a).code == 0
    assert figures(variant)[0] == left
    assert_movements_add_up() if left == 10 else None


def test_all_shops_are_mended_each_in_its_own_schema(shop_a: TestShop, shop_b: TestShop) -> None:
    mine = make_variant(stock=10)
    spoil(mine, on_hand=15)
    with use_shop(shop_b):
        theirs = make_variant(stock=10)
        spoil(theirs, on_hand=12)
    run = repair("stock", "--all-tenants", "--yes")
    assert run.code == 0
    assert "2 mended" in run.text
    assert figures(mine)[0] == 10
    with use_shop(shop_b):
        assert figures(theirs)[0] == 10
        assert AuditEntry.objects.filter(action="repair.stock").count() == 1


def test_an_unknown_shop_is_said_so(shop_a: TestShop) -> None:
    run = repair("stock", "--tenant", "nobody", "--dry-run")
    assert (run.code, "There is no shop" in run.hints) == (1, True)
