"""Products in the admin: plain data with prices in major units, descriptions made safe."""

from typing import Any

import pytest
from django.http import HttpResponse

from apps.catalog.models import Product, Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.inventory.models import StockItem
from apps.shop.models import ShopSettings
from tests.admin.browser import Browser, form_of, owner_of, signed_in, staff_of
from tests.admin.rows import a_product, a_variant_of
from tests.support.goods import make_variant
from tests.support.shops import TestShop

ADD = "/admin/catalog/product/add/"


def _page(product: Product) -> str:
    return f"/admin/catalog/product/{product.pk}/change/"


def _new(**values: Any) -> dict[str, Any]:
    """A filled form for one product with one variant."""
    return {
        "title": "Linen shirt",
        "handle": "linen-shirt",
        "status": "active",
        "body_html": "<p>Soft.</p>",
        "tags": "summer, linen,summer",
        "options": "Size",
        "metadata": "{}",
        "variants-TOTAL_FORMS": "1",
        "variants-INITIAL_FORMS": "0",
        "variants-0-sku": "LINEN-S",
        "variants-0-option_1": "S",
        "variants-0-price_amount": "19.99",
        "variants-0-compare_at_amount": "",
        "variants-0-inventory_policy": "deny",
        "images-TOTAL_FORMS": "1",
        "images-INITIAL_FORMS": "0",
        "images-0-position": "1",
        "images-0-src": "https://cdn.example/linen.jpg",
        "images-0-alt": "",
        **values,
    }


def _errors(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer.status_code
    page = answer.content.decode()
    assert "errornote" in page
    return page


def test_a_product_is_added_with_variant_and_picture(shop_a: TestShop) -> None:
    assert owner_of(shop_a).post(ADD, _new()).status_code == 302
    product = Product.objects.get(handle="linen-shirt")
    assert product.published_at is not None
    assert (product.tags, product.options) == (["summer", "linen"], ["Size"])
    assert product.images.get().src == "https://cdn.example/linen.jpg"
    variant = product.variants.get()
    assert (variant.price_amount, variant.compare_at_amount, variant.currency) == (
        1999,
        None,
        "USD",
    )
    assert (variant.option_values, variant.title, variant.position) == (["S"], "S", 1)


@pytest.mark.parametrize(
    ("currency", "typed", "minor", "shown"),
    [
        ("USD", "19.99", 1999, "19.99"),
        ("USD", "7", 700, "7.00"),
        ("JPY", "1999", 1999, "1999"),
        ("KWD", "1.234", 1234, "1.234"),
        ("CLF", "0.0001", 1, "0.0001"),
    ],
)
def test_prices_are_typed_and_shown_in_major_units(
    shop_a: TestShop, currency: str, typed: str, minor: int, shown: str
) -> None:
    ShopSettings.objects.update(currency=currency)
    browser = owner_of(shop_a)
    assert browser.post(ADD, _new(**{"variants-0-price_amount": typed})).status_code == 302
    variant = Variant.objects.get(sku="LINEN-S")
    assert (variant.price_amount, variant.currency) == (minor, currency)
    page = browser.get(_page(variant.product))
    assert form_of(page)["variants-0-price_amount"] == shown
    assert f"Price ({currency})" in page.content.decode()


@pytest.mark.parametrize(
    ("currency", "typed"),
    [
        ("USD", "19.999"),
        ("JPY", "19.5"),
        ("KWD", "1.2345"),
        ("USD", "-1"),
        ("USD", "1,299.00"),
        ("USD", "NaN"),
        ("USD", "1e30"),
        ("USD", "99999999999.00"),
        ("USD", ""),
    ],
)
def test_a_price_that_is_none_is_refused_and_nothing_is_written(
    shop_a: TestShop, currency: str, typed: str
) -> None:
    ShopSettings.objects.update(currency=currency)
    _errors(owner_of(shop_a).post(ADD, _new(**{"variants-0-price_amount": typed})))
    assert not Product.objects.exists()


def test_a_saved_page_that_nobody_touched_changes_nothing(shop_a: TestShop) -> None:
    product = a_product()
    Variant.objects.filter(product=product).update(compare_at_amount=3000)
    before = list(Variant.objects.order_by("id").values())
    browser = owner_of(shop_a)
    path = _page(product)
    assert browser.post(path, form_of(browser.get(path))).status_code == 302
    assert list(Variant.objects.order_by("id").values()) == before


def test_descriptions_are_stored_without_what_could_do_harm(shop_a: TestShop) -> None:
    html = '<p onclick="x()">Soft</p><script>alert(1)</script><a href="javascript:x()">link</a>'
    owner_of(shop_a).post(ADD, _new(body_html=html))
    stored = Product.objects.get().body_html
    assert stored.startswith("<p>Soft</p>")
    assert "script" not in stored
    assert "onclick" not in stored


def test_every_product_has_a_variant(shop_a: TestShop) -> None:
    _errors(owner_of(shop_a).post(ADD, _new(**{"variants-TOTAL_FORMS": "0"})))
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"variants-0-option_1": ""},
        {"variants-0-option_2": "Red"},
        {"options": "Size, Colour"},
        {"options": "Size, size", "variants-0-option_2": "L"},
        {"options": "A,B,C,D"},
    ],
)
def test_variants_have_a_value_for_each_option_and_no_others(
    shop_a: TestShop, values: dict[str, str]
) -> None:
    _errors(owner_of(shop_a).post(ADD, _new(**values)))
    assert not Product.objects.exists()


def test_two_variants_cannot_be_the_same(shop_a: TestShop) -> None:
    second = {
        "variants-TOTAL_FORMS": "2",
        "variants-1-sku": "LINEN-S2",
        "variants-1-option_1": "S",
        "variants-1-price_amount": "20",
        "variants-1-inventory_policy": "deny",
    }
    page = _errors(owner_of(shop_a).post(ADD, _new(**second)))
    assert "Two variants have the same option values." in page
    same_sku = {**second, "variants-1-option_1": "M", "variants-1-sku": "LINEN-S"}
    _errors(owner_of(shop_a).post(ADD, _new(**same_sku)))
    assert not Product.objects.exists()


def test_stock_is_shown_beside_the_variants_and_cannot_be_typed(shop_a: TestShop) -> None:
    product = make_variant(stock=7).product
    StockItem.objects.update(reserved=2)
    browser = owner_of(shop_a)
    page = browser.get(_page(product))
    for cell in ('<td class="field-stock_on_hand">', "<p>7</p>", "<p>2</p>", "<p>5</p>"):
        assert cell in page.content.decode()
    values = form_of(page) | {"variants-0-stock_on_hand": "99", "variants-0-on_hand": "99"}
    assert browser.post(_page(product), values).status_code == 302
    assert StockItem.objects.get().on_hand == 7


def test_a_changed_policy_takes_the_stocks_floor_along(shop_a: TestShop) -> None:
    """STOCK-006"""
    variant = make_variant(stock=5)
    browser = owner_of(shop_a)
    for path, field in (
        (_page(variant.product), "variants-0-inventory_policy"),
        (f"/admin/catalog/variant/{variant.pk}/change/", "inventory_policy"),
    ):
        for policy, floor in ((InventoryPolicy.CONTINUE, 100), (InventoryPolicy.DENY, 0)):
            values = form_of(browser.get(path)) | {field: policy.value}
            assert browser.post(path, values).status_code == 302
            assert StockItem.objects.get().backorder_limit == floor


def test_a_new_variant_comes_last_and_in_the_shops_currency(shop_a: TestShop) -> None:
    product = a_product()
    browser = owner_of(shop_a)
    added = {
        "variants-TOTAL_FORMS": "3",
        "variants-2-sku": "NEW-L",
        "variants-2-option_1": "L",
        "variants-2-price_amount": "30",
        "variants-2-inventory_policy": "deny",
    }
    assert (
        browser.post(_page(product), form_of(browser.get(_page(product))) | added).status_code
        == 302
    )
    new = Variant.objects.get(sku="NEW-L")
    assert (new.position, new.currency, new.price_amount) == (3, "USD", 3000)


def test_products_are_put_on_sale_and_archived_many_at_a_time(shop_a: TestShop) -> None:
    draft = make_variant(status=ProductStatus.DRAFT).product
    active = make_variant().product
    since = active.published_at
    browser = owner_of(shop_a)
    both = {"_selected_action": [str(draft.pk), str(active.pk)]}
    assert browser.post("/admin/catalog/product/", {"action": "publish", **both}).status_code == 302
    draft.refresh_from_db()
    active.refresh_from_db()
    assert (draft.status, active.status) == (ProductStatus.ACTIVE, ProductStatus.ACTIVE)
    assert draft.published_at is not None
    assert active.published_at == since
    browser.post("/admin/catalog/product/", {"action": "archive", **both})
    assert set(Product.objects.values_list("status", flat=True)) == {ProductStatus.ARCHIVED}
    history = browser.get(f"/admin/catalog/product/{draft.pk}/history/").content.decode()
    assert "Status is now Archived." in history


def test_those_who_may_only_look_can_neither_publish_nor_save(shop_a: TestShop) -> None:
    product = make_variant(status=ProductStatus.DRAFT).product
    browser = signed_in(shop_a.domain, staff_of(shop_a, "analyst"))
    selected = {"action": "publish", "_selected_action": [str(product.pk)]}
    browser.post("/admin/catalog/product/", selected)
    assert browser.post(_page(product), _new()).status_code == 403
    assert browser.get(ADD).status_code == 403
    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT
    assert "19.99 USD" in browser.get(_page(product)).content.decode()


def test_products_and_variants_are_never_deleted(shop_a: TestShop) -> None:
    product = a_product()
    variant = product.variants.first()
    assert variant is not None
    browser = owner_of(shop_a)
    for path in (f"product/{product.pk}", f"variant/{variant.pk}"):
        answer = browser.post(f"/admin/catalog/{path}/delete/", {"post": "yes"})
        assert answer.status_code == 403
    values = form_of(browser.get(_page(product))) | {"variants-0-DELETE": "on"}
    browser.post(_page(product), values)
    assert product.variants.count() == 2


def _with_variants(count: int) -> Product:
    product = make_variant().product
    product.options = ["Size"]
    product.save()
    product.variants.update(option_values=["0"])
    for number in range(1, count):
        a_variant_of(product, str(number))
    return product


def test_fifty_variants_are_edited_on_one_page(shop_a: TestShop) -> None:
    product = _with_variants(50)
    browser = owner_of(shop_a)
    few = browser.queries(_page(a_product()))
    many = browser.queries(_page(product))
    assert len(many) == len(few)
    values = form_of(browser.get(_page(product))) | {"variants-49-price_amount": "3.50"}
    assert browser.post(_page(product), values).status_code == 302
    assert Variant.objects.filter(product=product, price_amount=350).count() == 1


def test_more_variants_than_that_have_a_list_of_their_own(shop_a: TestShop) -> None:
    product = _with_variants(51)
    browser = owner_of(shop_a)
    page = browser.get(_page(product))
    assert "51 variants" in page.content.decode()
    assert not [name for name in form_of(page) if name.startswith("variants-")]
    assert browser.post(_page(product), form_of(page) | {"title": "Renamed"}).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.options) == ("Renamed", ["Size"])
    listed = browser.get("/admin/catalog/variant/", product__id__exact=str(product.pk))
    assert "51 variants" in listed.content.decode()


def _save_variant(browser: Browser, variant: Variant, **values: str) -> HttpResponse:
    path = f"/admin/catalog/variant/{variant.pk}/change/"
    return browser.post(path, form_of(browser.get(path)) | values)


def test_a_variant_has_a_page_for_all_of_it(shop_a: TestShop) -> None:
    product = a_product()
    small, medium = product.variants.all()
    browser = owner_of(shop_a)
    done = _save_variant(browser, small, option_1="XS", price_amount="5.05", compare_at_amount="9")
    assert done.status_code == 302
    small.refresh_from_db()
    assert (small.option_values, small.title) == (["XS"], "XS")
    assert (small.price_amount, small.compare_at_amount) == (505, 900)
    _errors(_save_variant(browser, small, option_1="M"))
    _errors(_save_variant(browser, small, option_1=""))
    _errors(_save_variant(browser, small, sku=medium.sku))
