"""What each role may do with each model: v(iew), a(dd), c(hange), d(elete)."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from apps.staff.models import User
from apps.staff.roles import Role
from config.admin_sites import shop_admin
from tests.admin.browser import signed_in, staff_of
from tests.admin.rows import an_intent, an_order
from tests.support.shops import TestShop

ROLES = ("owner", "manager", "fulfilment", "support", "analyst")
TABLE = {
    #                                owner  mgr    fulf   supp   analyst
    "audit.auditentry":             ("v",   "v",   "",    "",    ""),
    "cart.cart":                    ("v",   "v",   "",    "v",   "v"),
    "catalog.product":              ("vac", "vac", "v",   "v",   "v"),
    "catalog.variant":              ("vc",  "vc",  "v",   "v",   "v"),
    "customers.customer":           ("vc",  "vc",  "",    "vc",  "v"),
    "finance.creditnote":           ("v",   "v",   "",    "v",   "v"),
    "finance.financialorder":       ("v",   "v",   "",    "",    "v"),
    "finance.financialtransaction": ("v",   "v",   "",    "",    "v"),
    "finance.invoice":              ("v",   "v",   "",    "v",   "v"),
    "inventory.location":           ("vac", "vac", "v",   "v",   "v"),
    "inventory.stockitem":          ("v",   "v",   "v",   "v",   "v"),
    "inventory.stockmovement":      ("v",   "v",   "v",   "v",   "v"),
    "notifications.message":        ("v",   "v",   "",    "v",   ""),
    "orders.order":                 ("v",   "v",   "v",   "v",   "v"),
    "outbox.domainevent":           ("v",   "v",   "",    "",    ""),
    "outbox.eventdelivery":         ("v",   "v",   "",    "",    ""),
    "payments.paymentaccount":      ("vac", "",    "",    "",    ""),
    "payments.paymentdispute":      ("v",   "v",   "",    "v",   "v"),
    "payments.paymentintent":       ("v",   "v",   "",    "v",   "v"),
    "payments.providerevent":       ("v",   "v",   "",    "",    ""),
    "reconciliation.payout":        ("v",   "v",   "",    "",    "v"),
    "reconciliation.reconciliation": ("v",  "v",   "",    "",    "v"),
    "refunds.refund":               ("v",   "v",   "",    "v",   "v"),
    "reports.dayfigures":           ("v",   "v",   "",    "",    "v"),
    "shipping.shippingmethod":      ("vacd", "vacd", "v", "v",   "v"),
    "shop.shopsettings":            ("vc",  "vc",  "",    "",    ""),
    "staff.user":                   ("vac", "",    "",    "",    ""),
}  # fmt: skip
ACTIONS = {"v": "view", "a": "add", "c": "change", "d": "delete"}


def test_the_table_covers_every_page() -> None:
    assert {model._meta.label_lower for model in shop_admin._registry} == set(TABLE)
    assert tuple(Role) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says(shop_a: TestShop, role: str) -> None:
    person = User.objects.get(pk=staff_of(shop_a, role).pk)
    request = RequestFactory().get("/admin/")
    request.user = person
    assert {
        model._meta.label_lower: "".join(
            letter
            for letter, action in ACTIONS.items()
            if getattr(page, f"has_{action}_permission")(request)
        )
        for model, page in shop_admin._registry.items()
    } == {label: rights[ROLES.index(role)] for label, rights in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_the_lists_of_the_table_and_no_others(shop_a: TestShop, role: str) -> None:
    browser = signed_in(shop_a.domain, staff_of(shop_a, role))
    assert browser.get("/admin/").status_code == 200
    for label, rights in TABLE.items():
        name = f"admin:{label.replace('.', '_')}_changelist"
        answer = browser.get(reverse(name, urlconf="config.urls_tenant"))
        # The settings have one page instead of a list; it refuses whom the list sends there.
        if label == "shop.shopsettings":
            answer = browser.get(answer["Location"])
        assert answer.status_code == (200 if rights[ROLES.index(role)] else 403), label


def test_someone_without_a_role_sees_an_empty_overview(shop_a: TestShop) -> None:
    browser = signed_in(shop_a.domain, staff_of(shop_a))
    page = browser.get("/admin/").content.decode()
    assert "permission to view or edit anything" in page
    assert "Latest orders" not in page


def test_an_order_shows_each_role_the_panels_it_may_see(shop_a: TestShop) -> None:
    order = an_order()
    an_intent(order)
    seen = {}
    for role in ROLES:
        browser = signed_in(shop_a.domain, staff_of(shop_a, role))
        page = browser.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
        seen[role] = [
            title for title in ("Stock held", "Payments", "Invoice") if f">{title}<" in page
        ]
    assert seen == {
        "owner": ["Stock held", "Payments", "Invoice"],
        "manager": ["Stock held", "Payments", "Invoice"],
        "fulfilment": ["Stock held"],
        "support": ["Stock held", "Payments", "Invoice"],
        "analyst": ["Stock held", "Payments", "Invoice"],
    }


@pytest.mark.parametrize("role", ROLES)
def test_pages_that_a_role_may_only_look_at_open_as_well(shop_a: TestShop, role: str) -> None:
    from tests.admin.rows import SHOP_ROWS

    browser = signed_in(shop_a.domain, staff_of(shop_a, role))
    for label, rights in TABLE.items():
        if not rights[ROLES.index(role)] or label not in SHOP_ROWS:
            continue
        path = f"/admin/{label.replace('.', '/')}/{SHOP_ROWS[label]().pk}/change/"
        assert browser.get(path).status_code == 200, label
