"""Settings, shipping methods and customers of a shop."""

from typing import Any

import pytest

from apps.customers.models import CustomerToken
from apps.shared import clock
from apps.shipping.models import ShippingMethod
from apps.shop.models import ShopSettings
from tests.admin.browser import form_of, owner_of
from tests.admin.rows import a_customer, a_shipping_method
from tests.support.shops import TestShop

SETTINGS = "/admin/shop/shopsettings/True/change/"
METHODS = "/admin/shipping/shippingmethod/"


def _save_settings(shop: TestShop, **values: Any) -> int:
    browser = owner_of(shop)
    return browser.post(SETTINGS, form_of(browser.get(SETTINGS)) | values).status_code


def test_the_menu_leads_straight_to_the_one_row(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    assert browser.get("/admin/shop/shopsettings/")["Location"] == SETTINGS
    assert browser.get(SETTINGS).status_code == 200


def test_settings_cannot_be_added_or_deleted(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    assert browser.get("/admin/shop/shopsettings/add/").status_code == 403
    delete = "/admin/shop/shopsettings/True/delete/"
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    assert ShopSettings.objects.count() == 1


@pytest.mark.parametrize(("percent", "basis_points"), [("7.5", 750), ("0", 0), ("100", 10_000)])
def test_the_tax_rate_is_typed_in_per_cent(
    shop_a: TestShop, percent: str, basis_points: int
) -> None:
    assert _save_settings(shop_a, tax_rate=percent) == 302
    assert ShopSettings.objects.get().tax_rate_bp == basis_points
    shown = form_of(owner_of(shop_a).get(SETTINGS))["tax_rate"]
    assert float(shown) == float(percent)


@pytest.mark.parametrize("typed", ["٣", "३.5", "１２", "1_0"])
def test_only_plain_digits_are_numbers(shop_a: TestShop, typed: str) -> None:
    """As in the API; Python's Decimal reads all of these."""
    assert _save_settings(shop_a, tax_rate=typed) == 200
    assert _save_settings(shop_a, refund_approval_threshold_amount=typed) == 200
    assert ShopSettings.objects.get().refund_approval_threshold_amount is None


def test_the_refund_threshold_is_typed_in_the_shop_s_currency(shop_a: TestShop) -> None:
    """REF-005: 12.50 is twelve fifty, not a thousand two hundred and fifty of anything."""
    assert _save_settings(shop_a, refund_approval_threshold_amount="12.50") == 302
    assert ShopSettings.objects.get().refund_approval_threshold_amount == 1250
    page = owner_of(shop_a).get(SETTINGS)
    assert form_of(page)["refund_approval_threshold_amount"] == "12.50"
    assert "Refunds need a second person above (USD)" in page.content.decode()
    assert _save_settings(shop_a, refund_approval_threshold_amount="") == 302
    assert ShopSettings.objects.get().refund_approval_threshold_amount is None
    assert _save_settings(shop_a, refund_approval_threshold_amount="0") == 302
    assert ShopSettings.objects.get().refund_approval_threshold_amount == 0


@pytest.mark.parametrize(
    "values",
    [
        {"refund_approval_threshold_amount": "1.001"},
        {"refund_approval_threshold_amount": "-1"},
        {"tax_rate": "7.555"},
        {"tax_rate": "100.01"},
        {"tax_rate": "-1"},
        {"country": "USA"},
        {"country": "1!"},
        {"time_zone": "Mars/Olympus"},
        {"contact_email": "nobody"},
    ],
)
def test_what_cannot_be_is_refused(shop_a: TestShop, values: dict[str, str]) -> None:
    before = ShopSettings.objects.values().get()
    assert _save_settings(shop_a, **values) == 200
    assert ShopSettings.objects.values().get() == before


def test_the_currency_of_a_shop_stays(shop_a: TestShop) -> None:
    assert _save_settings(shop_a, currency="JPY", country="kh") == 302
    settings = ShopSettings.objects.get()
    assert (settings.currency, settings.country) == ("USD", "KH")


def test_a_shipping_method_costs_what_was_typed(shop_a: TestShop) -> None:
    new = {"name": "Express", "code": "express", "amount": "12.50", "position": "2"}
    browser = owner_of(shop_a)
    assert browser.post(f"{METHODS}add/", {**new, "is_active": "on"}).status_code == 302
    method = ShippingMethod.objects.get(code="express")
    assert (method.amount, method.currency) == (1250, "USD")
    assert "12.50 USD" in browser.get(METHODS).content.decode()
    assert (
        browser.post(f"{METHODS}add/", {**new, "code": "x", "amount": "1.234"}).status_code == 200
    )
    assert not ShippingMethod.objects.filter(code="x").exists()


def test_a_shipping_method_keeps_its_own_currency(shop_a: TestShop) -> None:
    method = a_shipping_method()
    ShopSettings.objects.update(currency="JPY")
    path = f"{METHODS}{method.pk}/change/"
    browser = owner_of(shop_a)
    assert browser.post(path, form_of(browser.get(path)) | {"amount": "6.25"}).status_code == 302
    method.refresh_from_db()
    assert (method.amount, method.currency) == (625, "USD")


def test_customers_are_shown_without_their_password(shop_a: TestShop) -> None:
    customer = a_customer()
    path = f"/admin/customers/customer/{customer.pk}/change/"
    page = owner_of(shop_a).get(path).content.decode()
    assert customer.email in page
    assert "the-hash" not in page
    assert "argon2" not in page


def test_an_account_that_is_closed_loses_its_sessions(shop_a: TestShop) -> None:
    customer, now = a_customer(), clock.now()
    CustomerToken.objects.create(
        customer=customer, digest=b"x" * 32, created_at=now, expires_at=now
    )
    browser = owner_of(shop_a)
    path = f"/admin/customers/customer/{customer.pk}/change/"
    values = form_of(browser.get(path))
    del values["is_active"]
    sneaky = {"email": "other@example.com", "password": "x"}
    assert browser.post(path, values | {"name": "Renamed"} | sneaky).status_code == 302
    before = customer.email, customer.password
    customer.refresh_from_db()
    assert (customer.is_active, customer.name) == (False, "Renamed")
    assert (customer.email, customer.password) == before
    assert not CustomerToken.objects.exists()


def test_customers_are_neither_added_nor_deleted_here(shop_a: TestShop) -> None:
    customer = a_customer()
    browser = owner_of(shop_a)
    assert browser.get("/admin/customers/customer/add/").status_code == 403
    path = f"/admin/customers/customer/{customer.pk}/delete/"
    assert browser.post(path, {"post": "yes"}).status_code == 403
