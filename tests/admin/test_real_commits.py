"""The same pages without a test's own transaction around them: durable services, locks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from apps.catalog.models import Product, Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.customers.models import Customer
from apps.inventory.models import StockItem
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tenants.models import Tenant
from tests.admin.browser import Browser, form_of, owner_of, signed_in, staff_of
from tests.admin.rows import a_customer
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop, drop_shop
from tests.support.threads import race


@pytest.fixture
def browser(committed_shop: TestShop) -> Browser:
    return owner_of(committed_shop)


def _save(browser: Browser, path: str, **values: Any) -> None:
    sent = form_of(browser.get(path)) | values
    answer = browser.post(path, {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 302, answer.content.decode()


def test_a_product_is_saved_with_what_follows_from_it(browser: Browser) -> None:
    variant = make_variant(stock=3)
    path = f"/admin/catalog/product/{variant.product_id}/change/"
    _save(browser, path, title="Renamed", **{"variants-0-inventory_policy": "continue"})
    assert Product.objects.get().title == "Renamed"
    assert Variant.objects.get().inventory_policy == InventoryPolicy.CONTINUE
    assert StockItem.objects.get().backorder_limit == 100


def test_stock_moves_and_products_go_on_sale(browser: Browser) -> None:
    variant = make_variant(stock=3, status=ProductStatus.DRAFT)
    move = {"variant": str(variant.pk), "location": str(main_location()), "reference": "DN-1"}
    sent = move | {"action": "receive", "quantity": "2"}
    assert browser.post("/admin/inventory/stockitem/move/", sent).status_code == 302
    assert StockItem.objects.get().on_hand == 5
    selected = {"action": "publish", "_selected_action": [str(variant.product_id)]}
    assert browser.post("/admin/catalog/product/", selected).status_code == 302
    assert Product.objects.get().status == ProductStatus.ACTIVE


def test_an_account_is_closed_and_somebody_taken_on(browser: Browser) -> None:
    customer = a_customer()
    _save(browser, f"/admin/customers/customer/{customer.pk}/change/", is_active=None)
    assert not Customer.objects.get().is_active
    path = "/admin/staff/user/add/"
    roles = [
        line.partition('"')[0]
        for line in browser.get(path).content.decode().split('name="groups" value="')[1:]
    ]
    _save(browser, path, email="new@staff.example", usable_password="false", groups=roles[1:2])
    person = User.objects.get(email="new@staff.example")
    assert [group.name for group in person.groups.all()] == ["manager"]
    _save(browser, f"/admin/staff/user/{person.pk}/change/", is_active=None)
    person.refresh_from_db()
    assert not person.is_active


def test_of_two_owners_who_switch_each_other_off_one_stays(committed_shop: TestShop) -> None:
    first = User.objects.get()
    second = staff_of(committed_shop, "owner", email="second@staff.example")

    def switch_off(whom: User, by: User) -> Callable[[], int]:
        page = signed_in(committed_shop.domain, by)
        path = f"/admin/staff/user/{whom.pk}/change/"
        sent = form_of(page.get(path))
        del sent["is_active"]
        return lambda: page.post(path, sent).status_code

    race(committed_shop, switch_off(second, first), switch_off(first, second))
    assert User.objects.filter(is_active=True, groups__name="owner").count() == 1


@pytest.fixture
def operator(committed_shop: TestShop) -> Iterator[Browser]:
    """Needs the database of `committed_shop`, but works in public."""
    with use_schema(PUBLIC):
        person = User.objects.create_superuser("operator@platform.example", "password-of-theirs")
        yield signed_in(settings.PLATFORM_DOMAIN, person)
        # People are kept: switched off, under an address that no other test wants.
        gone = f"gone-{person.key.hex}@platform.example"
        User.objects.filter(pk=person.pk).update(email=gone, is_active=False)


def test_a_shop_is_created_and_a_second_of_the_name_refused(operator: Browser) -> None:
    shop = TestShop(slug="made-by-form")
    sent = {
        "name": "Made by form",
        "slug": shop.slug,
        "currency": "EUR",
        "country": "DE",
        "owner_email": shop.owner_email,
        "owner_password": "correct-horse-battery",
    }
    path = "/admin/tenants/tenant/add/"
    try:
        assert operator.post(path, sent).status_code == 302
        again = operator.post(path, sent)
        assert "A shop with this name or domain exists already." in again.content.decode()
        assert Tenant.objects.filter(slug=shop.slug).count() == 1
        with use_schema(shop.schema):
            assert owner_of(shop).get("/admin/").status_code == 200
    finally:
        drop_shop(shop)
