"""What the platform's people do with shops and keys in the admin."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.http import HttpResponse

from apps.shared.audit.models import AuditEntry
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tenants.models import PlatformKey, Tenant
from tests.admin.browser import Browser, platform_operator, signed_in
from tests.admin.rows import a_platform_key, a_tenant
from tests.support.client import ShopClient
from tests.support.shops import TestShop


def _step(browser: Browser, shop: Tenant, name: str, **values: str) -> HttpResponse:
    return browser.post(f"/admin/tenants/tenant/{shop.pk}/step/{name}/", values)


def _colleague(*rights: str) -> Browser:
    with use_schema(PUBLIC):
        person = User.objects.create_user("colleague@platform.example", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return signed_in(settings.PLATFORM_DOMAIN, person)


def _buttons(browser: Browser, shop: Tenant) -> list[str]:
    page = browser.get(f"/admin/tenants/tenant/{shop.pk}/change/").content.decode()
    return re.findall(r"/step/(\w+)/", page)


def test_a_shop_goes_through_its_life_by_buttons(db: None, shop_b: TestShop) -> None:
    shop, browser = Tenant.objects.get(slug=shop_b.slug), platform_operator()
    assert _buttons(browser, shop) == ["suspend", "archive", "rename", "remove"]

    for name, values, status, offered in (
        ("suspend", {"why": "unpaid"}, "suspended", ["resume", "archive", "rename", "remove"]),
        ("resume", {}, "active", ["suspend", "archive", "rename", "remove"]),
        ("archive", {}, "archived", ["resume", "rename", "remove"]),
        ("remove", {"confirm": shop.slug}, "deleting", ["restore"]),
        ("restore", {}, "archived", ["resume", "rename", "remove"]),
    ):
        assert _step(browser, shop, name, **values).status_code == 302, name
        shop.refresh_from_db()
        assert shop.status == status
        assert _buttons(browser, shop) == offered
    entry = AuditEntry.objects.get(action="tenants.tenant_suspended")
    assert entry.why == "unpaid"
    assert entry.actor == User.objects.get(email="operator@platform.example").actor


def test_a_shop_is_renamed(db: None, shop_b: TestShop) -> None:
    shop = Tenant.objects.get(slug=shop_b.slug)
    browser = platform_operator()
    refused = _step(browser, shop, "rename", slug="www")
    assert "is not reserved" in refused.content.decode()

    assert _step(browser, shop, "rename", slug="osaka", keep_old_host="on").status_code == 302

    for host in (shop_b.domain, f"osaka.{settings.PLATFORM_DOMAIN}"):
        assert ShopClient(host).get("products").status_code == 200


def test_nobody_deletes_another_shop_than_they_mean(db: None) -> None:
    shop = a_tenant()
    answer = _step(platform_operator(), shop, "remove", confirm="other")
    assert "not the shop&#x27;s short name" in answer.content.decode()
    shop.refresh_from_db()
    assert shop.status == "active"


def test_a_refusal_is_said_on_the_page(db: None) -> None:
    answer = _step(platform_operator(), a_tenant(), "resume")
    assert answer.status_code == 200
    assert "active cannot become active" in answer.content.decode()


@pytest.mark.parametrize(
    ("rights", "allowed"),
    [
        (("view_tenant",), set()),
        (("view_tenant", "change_tenant"), {"suspend", "archive", "rename"}),
        (("view_tenant", "delete_tenant"), {"remove"}),
    ],
)
def test_steps_need_their_right(db: None, rights: tuple[str, ...], allowed: set[str]) -> None:
    shop, browser = a_tenant(), _colleague(*rights)
    assert set(_buttons(browser, shop)) == allowed
    for name in {"suspend", "archive", "rename", "remove"} - allowed:
        assert _step(browser, shop, name, confirm=shop.slug, slug="x-y").status_code == 403
    shop.refresh_from_db()
    assert shop.status == "active"


def test_what_is_no_step_or_no_shop(db: None) -> None:
    browser, platform = platform_operator(), Tenant.objects.get(schema_name=PUBLIC)
    assert _step(browser, platform, "suspend").status_code == 404
    assert _step(browser, a_tenant(), "explode").status_code == 404


def test_a_key_is_made_shown_once_and_revoked(db: None) -> None:
    browser = platform_operator()
    answer = browser.post(
        "/admin/tenants/platformkey/add/",
        {"name": "ci", "scopes": ["tenants:read"]},
        follow=True,
    )
    page = answer.content.decode()
    token = re.search(r"skp_[\w-]{43}", page)
    assert token is not None
    key = PlatformKey.objects.get()
    client = ShopClient(settings.PLATFORM_DOMAIN, authorization=f"Bearer {token[0]}")
    assert client.get("tenants").status_code == 200
    assert token[0] not in browser.get("/admin/tenants/platformkey/").content.decode()

    chosen = {"action": "revoke", "_selected_action": [str(key.pk)]}
    assert browser.post("/admin/tenants/platformkey/", chosen).status_code == 302

    assert client.get("tenants").status_code == 401
    entry = AuditEntry.objects.get(action="tenants.platform_key_revoked")
    assert entry.target_id == key.public_id


def test_a_key_is_not_changed(db: None) -> None:
    with use_schema(PUBLIC):
        key = a_platform_key()
    path = f"/admin/tenants/platformkey/{key.pk}/change/"
    browser = platform_operator()
    assert browser.post(path, {"name": "x", "scopes": ["tenants:delete"]}).status_code == 403
    assert browser.post(f"/admin/tenants/platformkey/{key.pk}/delete/", {}).status_code == 403
    assert _colleague("view_tenant").get(path).status_code == 403
