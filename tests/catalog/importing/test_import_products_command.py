"""`manage.py import_products`: files into a shop, twice, in part, and not at all."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.catalog.models import Product, ProductImage, Variant
from apps.inventory import services
from apps.inventory.models import Location, StockItem, StockMovement
from apps.inventory.states import MovementReason
from apps.shared.schema import PUBLIC, use_schema
from tests.catalog.importing.test_csv_files import SAMPLES, SHARED
from tests.support.shops import TestShop, use_shop

FILES = [*sorted(SAMPLES.glob("*.csv")), *sorted(SHARED.glob("*.csv"))]
MODELS = (Product, Variant, ProductImage, StockItem, StockMovement)
MUG = {"Handle": "mug", "Title": "Mug", "Variant Price": "5.00", "Variant Inventory Qty": "4"}


def run(path: Path, **options: Any) -> list[str]:
    out = io.StringIO()
    with use_schema(PUBLIC):  # where a command line starts
        call_command("import_products", str(path), tenant="test-a", stdout=out, **options)
    return out.getvalue().splitlines()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables an import writes, with its time stamps."""
    return {model.__name__: [*model._default_manager.order_by("pk").values()] for model in MODELS}


@pytest.fixture
def write_csv(tmp_path: Path, table: Callable[..., str]) -> Callable[..., Path]:
    def write(*rows: dict[str, str], name: str = "products.csv") -> Path:
        path = tmp_path / name
        path.write_text(table(*rows), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_imported_and_a_second_time_changes_nothing(shop_a: TestShop, path: Path) -> None:
    first = run(path)
    after_first = everything()
    second = run(path)

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    handles = {row.get("Handle") or row.get("URL handle") for row in rows}
    assert Product.objects.count() == len(handles) >= 12
    assert StockItem.objects.count() == Variant.objects.count() >= len(handles)
    counted = sum(
        int(row.get("Variant Inventory Qty") or row.get("Inventory quantity") or 0) for row in rows
    )
    assert sum(StockItem.objects.values_list("on_hand", flat=True)) == counted
    assert sum(StockMovement.objects.values_list("on_hand_delta", flat=True)) == counted
    assert f"products: {len(handles)} created, 0 updated, 0 unchanged" in first
    assert "problems: 0" in first
    assert everything() == after_first
    assert f"products: 0 created, 0 updated, {len(handles)} unchanged" in second
    assert "stock: 0 first counts, 0 pieces" in second


def test_a_first_count_is_a_movement_with_its_reason(
    shop_a: TestShop, write_csv: Callable[..., Path]
) -> None:
    run(write_csv(MUG, name="autumn.csv"))
    movement = StockMovement.objects.get()
    assert (movement.reason, movement.on_hand_delta) == (MovementReason.IMPORT, 4)
    assert (movement.reference_type, movement.reference_id) == ("import", "autumn.csv")
    assert movement.actor == "import_products"


def test_stock_that_was_sold_since_is_not_reset(
    shop_a: TestShop, write_csv: Callable[..., Path]
) -> None:
    path = write_csv(MUG)
    run(path)
    StockItem.objects.update(on_hand=1)

    run(write_csv({**MUG, "Variant Inventory Qty": "9", "Variant Price": "6"}))

    assert StockItem.objects.get().on_hand == 1
    assert StockMovement.objects.count() == 1
    assert Variant.objects.get().price_amount == 600


def test_bad_rows_are_listed_and_the_others_imported(
    shop_a: TestShop, write_csv: Callable[..., Path]
) -> None:
    path = write_csv(
        {**MUG, "Option1 Name": "Size", "Option1 Value": "S"},
        {"Handle": "mug", "Option1 Value": "L", "Variant Price": "cheap"},
        {"Handle": "tray", "Title": "", "Variant Price": "3"},
        {"Handle": "pot", "Title": "Pot", "Variant Price": "7"},
    )
    out = io.StringIO()
    with pytest.raises(CommandError, match="not all was imported") as raised:
        call_command("import_products", str(path), tenant="test-a", stdout=out)

    assert raised.value.returncode == 3
    lines = out.getvalue().splitlines()
    assert "products: 2 created, 0 updated, 0 unchanged" in lines
    assert lines[-3:] == [
        "problems: 2",
        "row 3, Variant Price: not a price ('cheap') [variant left out]",
        "row 4, Title: the first row of a product needs a title [product left out]",
    ]
    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["mug.s", "pot"]


def test_a_dry_run_writes_nothing_and_says_what_would_be(
    shop_a: TestShop, write_csv: Callable[..., Path]
) -> None:
    run(write_csv(MUG))
    before = everything()
    changed = write_csv({**MUG, "Title": "Big Mug"}, {**MUG, "Handle": "pot", "Title": "Pot"})

    lines = run(changed, dry_run=True)

    assert everything() == before
    assert lines[0].startswith("dry run: nothing was written")
    assert "products: 1 created, 1 updated, 0 unchanged" in lines
    assert "stock: 1 first counts, 4 pieces" in lines


def test_an_unknown_shop_is_an_error(db: None, write_csv: Callable[..., Path]) -> None:
    with pytest.raises(CommandError, match="There is no shop") as raised:
        call_command("import_products", str(write_csv(MUG)), tenant="nowhere")
    assert raised.value.returncode == 1


def test_an_unreadable_file_is_an_error_and_writes_nothing(
    shop_a: TestShop, write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    for path in (write_csv({"Name": "x"}), tmp_path / "missing.csv", tmp_path):
        with pytest.raises(CommandError) as raised:
            run(path)
        assert raised.value.returncode == 1
    assert Product.objects.count() == 0


def test_stock_goes_to_the_location_that_was_named(
    shop_a: TestShop, write_csv: Callable[..., Path]
) -> None:
    Location.objects.create(name="Attic", priority=5)
    run(write_csv(MUG), location="Attic")
    assert StockItem.objects.get().location.name == "Attic"
    with pytest.raises(CommandError, match="There is no location") as raised:
        run(write_csv(MUG), location="Cellar")
    assert raised.value.returncode == 1


def test_the_other_shop_has_none_of_it(
    shop_a: TestShop, shop_b: TestShop, write_csv: Callable[..., Path]
) -> None:
    run(write_csv(MUG))
    with use_shop(shop_b):
        assert [model.objects.count() for model in MODELS] == [0] * len(MODELS)


def test_a_crash_half_way_leaves_whole_products_only(
    shop_a: TestShop, write_csv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def crash_the_second_time(**arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the machine stops")
        services.move_stock(**arguments)

    step = "apps.inventory.services._count_first_stock.move_stock"
    monkeypatch.setattr(step, crash_the_second_time)
    path = write_csv(MUG, {**MUG, "Handle": "pot", "Title": "Pot"})
    with pytest.raises(RuntimeError, match="the machine stops"):
        run(path)

    assert list(Product.objects.values_list("handle", flat=True)) == ["mug"]
    assert StockItem.objects.get().on_hand == 4
    monkeypatch.undo()
    run(path)
    assert sorted(Product.objects.values_list("handle", flat=True)) == ["mug", "pot"]
    assert StockMovement.objects.count() == 2


def test_an_interrupted_import_reports_what_is_in(
    shop_a: TestShop, write_csv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = services.import_product

    def interrupt(**arguments: Any) -> object:
        if arguments["parsed"].handle == "pot":
            raise KeyboardInterrupt
        return original(**arguments)

    monkeypatch.setattr(services, "import_product", interrupt)
    out = io.StringIO()
    path = write_csv(MUG, {**MUG, "Handle": "pot", "Title": "Pot"})
    with pytest.raises(CommandError, match="interrupted") as raised:
        call_command("import_products", str(path), tenant="test-a", stdout=out)
    assert raised.value.returncode == 130
    assert "products: 1 created" in out.getvalue()
