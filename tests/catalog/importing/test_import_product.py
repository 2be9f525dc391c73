"""One product of a file into the shop: what is matched, changed, kept and refused."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apps.catalog.errors import OptionsChanged
from apps.catalog.importing import ParsedProduct
from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.inventory import selectors, services
from apps.inventory.models import StockItem, StockMovement
from apps.inventory.services import ImportedProduct
from tests.catalog.importing.conftest import Reader
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 12, tzinfo=UTC)
IMAGE = "https://img.example.com/"
SMALL = {
    "Handle": "mug",
    "Title": "Mug",
    "Vendor": "Kiln",
    "Tags": "tea, blue",
    "Option1 Name": "Size",
    "Option1 Value": "Small",
    "SKU": "MUG-S",
    "Price": "5.00",
    "Compare-at price": "6.00",
    "Inventory quantity": "3",
    "Product image URL": IMAGE + "1.jpg",
    "Image alt text": "A mug",
}
LARGE = {"Handle": "mug", "Option1 Value": "Large", "SKU": "MUG-L", "Price": "7.00"}

Apply = Callable[..., ImportedProduct]


@pytest.fixture
def apply(shop_a: TestShop, read: Reader, table: Callable[..., str]) -> Apply:
    """Imports the single product of these rows."""

    def run(*rows: dict[str, str], now: datetime = NOW) -> ImportedProduct:
        (parsed,) = read(table(*rows)).products
        return services.import_product(
            parsed=parsed,
            currency="USD",
            location_id=selectors.default_location().pk,
            reference="test.csv",
            now=now,
        )

    return run


def test_a_new_product_has_all_that_the_file_says(apply: Apply) -> None:
    imported = apply(SMALL, LARGE)

    product = Product.objects.get()
    assert (product.handle, product.title, product.vendor) == ("mug", "Mug", "Kiln")
    assert (product.tags, product.options) == (["tea", "blue"], ["Size"])
    assert (product.status, product.published_at) == (ProductStatus.ACTIVE, NOW)
    assert list(
        Variant.objects.values_list(
            "sku", "title", "option_values", "position", "price_amount", "compare_at_amount",
            "currency",
        )
    ) == [
        ("MUG-S", "Small", ["Small"], 1, 500, 600, "USD"),
        ("MUG-L", "Large", ["Large"], 2, 700, None, "USD"),
    ]  # fmt: skip
    assert list(ProductImage.objects.values_list("src", "alt", "position")) == [
        (IMAGE + "1.jpg", "A mug", 1)
    ]
    assert (imported.first_counts, imported.pieces, imported.uncounted) == (2, 3, 1)


def test_only_the_row_that_differs_is_written(apply: Apply) -> None:
    apply(SMALL, LARGE)
    before = dict(Variant.objects.values_list("sku", "updated_at"))
    product_before = Product.objects.get().updated_at

    imported = apply(SMALL, {**LARGE, "Price": "8.00"}, now=LATER)

    after = dict(Variant.objects.values_list("sku", "updated_at"))
    assert after["MUG-S"] == before["MUG-S"]
    assert after["MUG-L"] > before["MUG-L"]
    assert Product.objects.get().updated_at == product_before
    assert [it.changed for it in imported.applied.variants] == [False, True]
    assert Product.objects.get().published_at == NOW


def test_what_the_file_has_no_column_for_stays(apply: Apply) -> None:
    apply(SMALL, LARGE)
    Product.objects.update(seo_title="By hand", status=ProductStatus.ARCHIVED)

    imported = apply({"Handle": "mug", "Title": "Mug", "SKU": "MUG-L", "Price": "7.00"})

    product = Product.objects.get()
    assert (product.vendor, product.tags, product.options) == ("Kiln", ["tea", "blue"], ["Size"])
    assert (product.seo_title, product.status) == ("By hand", ProductStatus.ARCHIVED)
    large = Variant.objects.get(sku="MUG-L")
    assert (large.option_values, large.title) == (["Large"], "Large")
    assert Variant.objects.get(sku="MUG-S").compare_at_amount == 600
    assert imported.applied.variants_kept == 1
    assert ProductImage.objects.get().alt == "A mug"


def test_without_option_columns_an_unknown_sku_makes_no_variant(apply: Apply) -> None:
    apply(SMALL, LARGE)
    imported = apply({"Handle": "mug", "Title": "Mug", "SKU": "MUG-XL", "Price": "9.00"})
    assert [problem.code for problem in imported.problems] == ["variant_unknown"]
    assert Variant.objects.count() == 2


def test_variants_and_images_the_file_does_not_name_stay(apply: Apply) -> None:
    apply(SMALL, LARGE)
    other = {**SMALL, "Option1 Value": "Medium", "SKU": "MUG-M", "Product image URL": IMAGE + "2"}

    imported = apply(other)

    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["MUG-L", "MUG-M", "MUG-S"]
    assert imported.applied.variants_kept == 2
    assert ProductImage.objects.count() == 2


def test_a_variant_keeps_its_identity_when_its_sku_or_its_value_changes(apply: Apply) -> None:
    apply(SMALL, LARGE)
    ids = dict(Variant.objects.values_list("sku", "pk"))

    apply({**SMALL, "SKU": "M-1"}, {**LARGE, "Option1 Value": "Tall"})

    assert dict(Variant.objects.values_list("sku", "pk")) == {
        "M-1": ids["MUG-S"],
        "MUG-L": ids["MUG-L"],
    }
    assert Variant.objects.get(sku="MUG-L").title == "Tall"
    assert StockMovement.objects.count() == 1


def test_a_row_without_a_sku_keeps_the_one_the_shop_has(apply: Apply) -> None:
    apply(SMALL)
    apply({**SMALL, "SKU": ""})
    assert Variant.objects.get().sku == "MUG-S"


def test_a_sku_of_another_product_refuses_the_variant_only(apply: Apply) -> None:
    apply({**SMALL, "Handle": "cup", "Title": "Cup"})

    imported = apply(SMALL, LARGE)

    assert [(it.row, it.code, it.value) for it in imported.problems] == [(2, "sku_taken", "MUG-S")]
    assert "product cup" in imported.problems[0].message
    assert list(Variant.objects.filter(product__handle="mug").values_list("sku", flat=True)) == [
        "MUG-L"
    ]


def test_a_new_product_with_nothing_but_taken_skus_is_not_made(apply: Apply) -> None:
    apply({**SMALL, "Handle": "cup", "Title": "Cup"})
    imported = apply(SMALL)
    assert imported.applied.product_id is None
    assert list(Product.objects.values_list("handle", flat=True)) == ["cup"]


def test_other_options_than_those_of_variants_that_stay_are_refused(apply: Apply) -> None:
    apply(SMALL, LARGE)
    before = list(Variant.objects.order_by("pk").values())

    with pytest.raises(OptionsChanged):
        apply({**SMALL, "Option2 Name": "Colour", "Option2 Value": "Blue", "SKU": "NEW"})

    assert list(Variant.objects.order_by("pk").values()) == before
    assert Product.objects.get().options == ["Size"]


def test_options_can_change_when_every_variant_is_named_by_its_sku(apply: Apply) -> None:
    apply(SMALL, LARGE)
    colour = {"Option2 Name": "Colour", "Option2 Value": "Blue"}
    apply({**SMALL, **colour}, {**LARGE, **colour})
    assert Product.objects.get().options == ["Size", "Colour"]
    assert sorted(Variant.objects.values_list("title", flat=True)) == [
        "Large / Blue",
        "Small / Blue",
    ]


def test_the_image_of_a_variant_is_one_of_the_products(apply: Apply) -> None:
    apply({**SMALL, "Variant image URL": IMAGE + "9.jpg"})
    image = Variant.objects.get().image
    assert image is not None
    assert (image.src, image.position) == (IMAGE + "9.jpg", 2)


def test_a_draft_becomes_published_when_the_file_says_so(apply: Apply) -> None:
    apply({**SMALL, "Status": "draft"})
    assert Product.objects.get().published_at is None
    apply({**SMALL, "Status": "active"}, now=LATER)
    assert Product.objects.get().published_at == LATER


def test_oversold_stock_begins_at_nothing_and_is_reported_once(apply: Apply) -> None:
    first = apply({**SMALL, "Inventory quantity": "-2"})
    second = apply({**SMALL, "Inventory quantity": "-2"})
    assert [it.code for it in first.problems] == ["quantity_negative"]
    assert second.problems == ()
    assert (StockItem.objects.get().on_hand, StockMovement.objects.count()) == (0, 0)


def test_the_floor_under_the_stock_follows_the_policy(apply: Apply) -> None:
    policy = "Continue selling when out of stock"
    apply({**SMALL, policy: "CONTINUE"})
    assert StockItem.objects.get().backorder_limit == 100
    StockItem.objects.update(reserved=5)

    apply({**SMALL, policy: "DENY"})
    assert StockItem.objects.get().backorder_limit == 2  # five are promised, three are there

    apply({**SMALL, policy: "CONTINUE"})
    assert StockItem.objects.get().backorder_limit == 100


def test_two_imports_at_once_make_one_product_and_one_count(
    committed_shop: TestShop, read: Reader, table: Callable[..., str]
) -> None:
    (parsed,) = read(table(SMALL, LARGE)).products
    location_id = selectors.default_location().pk

    def work() -> ImportedProduct:
        return services.import_product(
            parsed=parsed, currency="USD", location_id=location_id, reference="x", now=NOW
        )

    results = race(committed_shop, *[work] * 4)

    assert set(outcomes(results)) <= {"ok", "IntegrityError"}
    assert "ok" in outcomes(results)
    assert (Product.objects.count(), Variant.objects.count()) == (1, 2)
    assert list(StockMovement.objects.values_list("on_hand_delta", flat=True)) == [3]
    assert [work().applied.touched] == [False]


def test_imports_of_a_known_product_take_turns(
    committed_shop: TestShop, read: Reader, table: Callable[..., str]
) -> None:
    (before,) = read(table(SMALL)).products
    (after,) = read(table(SMALL, LARGE)).products
    location_id = selectors.default_location().pk

    def work(parsed: ParsedProduct = after) -> ImportedProduct:
        return services.import_product(
            parsed=parsed, currency="USD", location_id=location_id, reference="x", now=NOW
        )

    work(before)
    results = race(committed_shop, *[work] * 8)

    assert outcomes(results) == ["ok"] * 8
    imported = [it for it in results if isinstance(it, ImportedProduct)]
    assert [it.problems for it in imported] == [()] * 8
    assert sorted(it.applied.touched for it in imported) == [False] * 7 + [True]
    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["MUG-L", "MUG-S"]
