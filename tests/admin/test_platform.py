"""The platform's admin: shops, domains, plans, and the people who may see them."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse

from apps.shared.schema import PUBLIC, use_schema
from apps.shop.models import ShopSettings
from apps.staff.models import User
from billing.models import Plan, PlanPrice
from tenants.models import Domain, Tenant
from tests.admin.browser import Browser, form_of, platform_operator, signed_in
from tests.admin.rows import a_feature, a_plan, a_subscription, a_tenant
from tests.support.shops import TestShop

ADD = "/admin/tenants/tenant/add/"
OWNER = {"username": "owner@tea.example", "password": "correct-horse-battery"}


def _shop(**values: str) -> dict[str, str]:
    return {
        "name": "Kyoto Tea",
        "slug": "Kyoto-Tea",
        "currency": "JPY",
        "country": "jp",
        "owner_email": OWNER["username"],
        "owner_password": OWNER["password"],
        **values,
    }


def _save(browser: Browser, path: str, **values: Any) -> HttpResponse:
    return browser.post(path, form_of(browser.get(path)) | values)


def test_a_shop_is_created_and_its_owner_signs_in(db: None) -> None:
    browser = platform_operator()
    answer = browser.post(ADD, _shop())
    shop = Tenant.objects.get(slug="kyoto-tea")
    assert answer["Location"] == f"/admin/tenants/tenant/{shop.pk}/change/"
    page = browser.get(answer["Location"]).content.decode()
    assert f"http://kyoto-tea.{settings.PLATFORM_DOMAIN}/admin/" in page
    assert "shop_kyoto_tea" in page
    with use_schema(shop.schema_name):
        assert ShopSettings.objects.get().currency == "JPY"
    owner = Browser(f"kyoto-tea.{settings.PLATFORM_DOMAIN}")
    owner.post("/admin/login/", OWNER)
    assert "Kyoto Tea" in owner.get("/admin/").content.decode()
    assert owner.get("/admin/catalog/product/").status_code == 200


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"slug": "admin"}, "is not reserved"),
        ({"slug": "-x-"}, "inner hyphens"),
        ({"slug": "test-a"}, "A shop with this name or domain exists already."),
        ({"currency": "XXX"}, "Select a valid choice."),
        ({"country": "Japan"}, "at most 2 characters"),
        ({"country": "1!"}, "Two letters"),
        ({"owner_email": "nobody"}, "Enter a valid email address."),
        ({"owner_password": "1234"}, "too short"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_nothing_is_made(
    db: None, values: dict[str, str], because: str
) -> None:
    before = Tenant.objects.count()
    answer = platform_operator().post(ADD, _shop(**values))
    assert answer.status_code == 200
    assert because in answer.content.decode()
    assert OWNER["password"] not in answer.content.decode()
    assert Tenant.objects.count() == before


def test_a_shops_name_changes_and_nothing_else(db: None) -> None:
    shop = a_tenant()
    path = f"/admin/tenants/tenant/{shop.pk}/change/"
    sneaky = {"slug": "other", "schema_name": "public", "status": "suspended"}
    before = shop.slug, shop.schema_name, shop.status
    assert _save(platform_operator(), path, name="Renamed", **sneaky).status_code == 302
    shop.refresh_from_db()
    assert shop.name == "Renamed"
    assert (shop.slug, shop.schema_name, shop.status) == before


def test_shops_are_not_deleted_and_the_platform_is_none_of_them(db: None) -> None:
    shop = a_tenant()
    browser = platform_operator()
    path = f"/admin/tenants/tenant/{shop.pk}/delete/"
    assert browser.post(path, {"post": "yes"}).status_code == 403
    platform = Tenant.objects.get(schema_name=PUBLIC)
    page = browser.get("/admin/tenants/tenant/").content.decode()
    assert str(platform.pk) not in page
    assert browser.get(f"/admin/tenants/tenant/{platform.pk}/change/").status_code == 302


def test_the_list_shows_domains_and_plan(db: None) -> None:
    subscription = a_subscription()
    page = platform_operator().get("/admin/tenants/tenant/").content.decode()
    assert subscription.plan.name in page
    hosts = [one.domain for one in subscription.tenant.domains.order_by("-is_primary")]
    assert ", ".join(hosts) in page


def test_a_domain_is_kept_as_hosts_are_looked_up(db: None, shop_b: TestShop) -> None:
    browser = platform_operator()
    shop = Tenant.objects.get(slug="test-b")
    new = {"domain": " Shop.Example.COM:8000 ", "tenant": str(shop.pk)}
    assert browser.post("/admin/tenants/domain/add/", new).status_code == 302
    domain = Domain.objects.get(domain="shop.example.com")
    assert not domain.is_primary
    assert Browser("shop.example.com").get("/admin/login/").status_code == 200
    for host in ("no host", "-x.example", "localhost", "shop.example.com", "a..b.example"):
        again = browser.post("/admin/tenants/domain/add/", {**new, "domain": host})
        assert again.status_code == 200, host


def test_a_shop_keeps_exactly_one_primary_domain(db: None) -> None:
    shop = a_tenant()
    primary, other = shop.domains.order_by("-is_primary")
    browser = platform_operator()
    path = f"/admin/tenants/domain/{primary.pk}/"
    values = form_of(browser.get(f"{path}change/"))
    del values["is_primary"]
    assert browser.post(f"{path}change/", values).status_code == 200
    assert browser.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    moved = _save(browser, f"/admin/tenants/domain/{other.pk}/change/", is_primary="on")
    assert moved.status_code == 302
    assert [one.domain for one in shop.domains.filter(is_primary=True)] == [other.domain]
    assert browser.post(f"{path}delete/", {"post": "yes"}).status_code == 302


def test_the_platforms_own_domain_is_not_for_editing(db: None) -> None:
    domain = Domain.objects.get(domain=settings.PLATFORM_DOMAIN)
    path = f"/admin/tenants/domain/{domain.pk}/change/"
    assert platform_operator().post(path, {"domain": "mine.example"}).status_code == 403


def test_a_plan_has_prices_in_currencies_of_their_own(db: None) -> None:
    feature = a_feature()
    rows = {
        "name": "Pro",
        "code": "pro",
        "trial_days": "14",
        "position": "1",
        "prices-TOTAL_FORMS": "2",
        "prices-INITIAL_FORMS": "0",
        "prices-0-interval": "month",
        "prices-0-amount": "29.90",
        "prices-0-currency": "USD",
        "prices-1-interval": "month",
        "prices-1-amount": "4500",
        "prices-1-currency": "JPY",
        "features-TOTAL_FORMS": "1",
        "features-INITIAL_FORMS": "0",
        "features-0-feature": str(feature.pk),
        "features-0-limit_value": "",
    }
    browser = platform_operator()
    refused = browser.post("/admin/billing/plan/add/", rows | {"prices-1-amount": "4500.5"})
    assert "JPY has 0 decimals" in refused.content.decode()
    assert not Plan.objects.exists()
    assert browser.post("/admin/billing/plan/add/", rows).status_code == 302
    plan = Plan.objects.get()
    assert set(plan.prices.values_list("currency", "amount")) == {("USD", 2990), ("JPY", 4500)}
    assert plan.features.get().limit_value is None
    path = f"/admin/billing/plan/{plan.pk}/change/"
    assert form_of(browser.get(path))["prices-0-amount"] in ("29.90", "4500")
    assert _save(browser, path).status_code == 302
    assert set(plan.prices.values_list("currency", "amount")) == {("USD", 2990), ("JPY", 4500)}


def test_a_subscriptions_status_is_not_for_editing(db: None) -> None:
    subscription = a_subscription()
    path = f"/admin/billing/subscription/{subscription.pk}/change/"
    assert platform_operator().post(path, {"status": "active"}).status_code == 403


def _colleague(*rights: str) -> Browser:
    from django.contrib.auth.models import Permission

    with use_schema(PUBLIC):
        person = User.objects.create_user("colleague@platform.example", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return signed_in(settings.PLATFORM_DOMAIN, person)


def test_a_colleague_sees_what_was_granted(db: None) -> None:
    plan = a_plan()
    browser = _colleague("view_tenant", "view_plan", "view_planprice")
    assert browser.get("/admin/tenants/tenant/").status_code == 200
    assert browser.get(ADD).status_code == 403
    assert browser.post(ADD, _shop()).status_code == 403
    page = browser.get(f"/admin/billing/plan/{plan.pk}/change/").content.decode()
    assert "29.00 USD" in page
    assert browser.get("/admin/billing/subscription/").status_code == 403


def test_only_superusers_give_rights_on_the_platform(db: None) -> None:
    browser = _colleague("view_user", "add_user", "change_user")
    assert browser.get("/admin/staff/user/").status_code == 403
    assert browser.get("/admin/staff/user/add/").status_code == 403
    operator = platform_operator()
    new = {"email": "new@platform.example", "usable_password": "false"}
    assert operator.post("/admin/staff/user/add/", new).status_code == 302
    with use_schema(PUBLIC):
        person = User.objects.get(email="new@platform.example")
    assert (person.is_staff, person.is_superuser) == (True, False)
    path = f"/admin/staff/user/{person.pk}/change/"
    assert "catalog" not in operator.get(path).content.decode().lower()
    assert _save(operator, path, is_superuser="on").status_code == 302
    person.refresh_from_db()
    assert person.is_superuser


def test_shops_have_no_pages_of_the_platform_and_the_platform_none_of_shops(
    shop_a: TestShop,
) -> None:
    superuser = User.objects.create_superuser("root@staff.example", "password-of-theirs")
    in_shop = signed_in(shop_a.domain, superuser)
    on_platform = platform_operator()
    for path in ("/admin/tenants/tenant/", "/admin/billing/plan/"):
        assert in_shop.get(path).status_code == 404
        assert on_platform.get(path).status_code == 200
    for path in ("/admin/orders/order/", "/admin/catalog/product/", "/admin/shop/shopsettings/"):
        assert on_platform.get(path).status_code == 404


def test_prices_of_plans_are_kept_in_minor_units(db: None) -> None:
    assert PlanPrice.objects.filter(plan=a_plan()).values_list("amount", flat=True)[0] == 2900
