"""What people do in the admins is on record, with who, from where and what it changed."""

from typing import Any

from django.contrib.auth.models import Group
from django.urls import reverse

from apps.inventory import services as inventory
from apps.orders.states import PaymentStatus
from apps.payments.models import PaymentAccount
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.audit.record import HIDDEN
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tests.admin.browser import form_of, owner_of, platform_operator, signed_in, staff_of
from tests.admin.rows import a_payment_account, an_audit_entry, an_order
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop

LIST = "/admin/audit/auditentry/"


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


def the_entry(action: str) -> AuditEntry:
    found = entries(action)
    assert len(found) == 1, [one.action for one in AuditEntry.objects.all()]
    return found[0]


def test_an_owner_filters_the_audit(shop_a: TestShop) -> None:
    entry = an_audit_entry()
    browser = owner_of(shop_a)
    other = AuditEntry.objects.create(
        action="orders.order_cancelled",
        actor="customer:1",
        target_type="order",
        target_id="ord_1",
        origin="198.51.100.1",
        at=clock.now(),
    )

    def listed(**filters: str) -> set[int]:
        page = browser.get(LIST, **filters).content.decode()
        return {one.pk for one in (entry, other) if f"{LIST}{one.pk}/change/" in page}

    assert listed() == {entry.pk, other.pk}
    assert listed(action="orders.order_cancelled") == {other.pk}
    assert listed(actor=entry.actor) == {entry.pk}
    assert listed(target_type="order") == {other.pk}
    assert listed(q="ord_1") == {other.pk}
    assert listed(q="req_for_the_audit") == {entry.pk}
    assert listed(at__gte=str(clock.now().year + 1)) == set()
    # A shopper is no choice of the filter; who looks for one types the name.
    assert "?actor=customer" not in browser.get(LIST).content.decode()
    page = browser.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert 'name="_save"' not in page


def test_a_cancelled_order_is_on_record(shop_a: TestShop) -> None:
    order = an_order(status=PaymentStatus.AWAITING_PAYMENT)
    packer = staff_of(shop_a, "fulfilment")
    browser = signed_in(shop_a.domain, packer)
    path = reverse("admin:orders_order_step", "config.urls_tenant", [order.pk, "cancel"])
    answer = browser.post(path, {"reason": "sold elsewhere"})
    assert answer.status_code == 302, answer.content
    entry = the_entry("orders.order_cancelled")
    assert entry.target_id == order.public_id
    assert (entry.before, entry.after) == (
        {"status": "awaiting_payment"},
        {"status": "cancelled"},
    )
    assert (entry.actor, entry.why) == (packer.actor, "sold elsewhere")
    assert entry.origin == "127.0.0.1"
    assert entry.request_id == answer["Request-Id"]


def test_stock_that_is_adjusted_or_counted_is_on_record(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    where: dict[str, Any] = {"variant_id": variant.pk, "location_id": main_location()}
    item = inventory.adjust_stock(**where, quantity_delta=-3, note="broken", now=clock.now())
    inventory.count_stock(**where, counted=9, expected=7, note="shelf", now=clock.now())
    inventory.count_stock(**where, counted=9, expected=9, note="again", now=clock.now())
    adjusted, counted = the_entry("inventory.stock_adjusted"), the_entry("inventory.stock_counted")
    assert (adjusted.target_id, adjusted.why) == (str(item.pk), "broken")
    assert (adjusted.before, adjusted.after) == ({"on_hand": 10}, {"on_hand": 7})
    assert (counted.before, counted.after) == ({"on_hand": 7}, {"on_hand": 9})


def test_a_payment_account_that_is_changed_is_on_record_without_its_secrets(
    shop_a: TestShop,
) -> None:
    account = a_payment_account()
    browser = owner_of(shop_a)
    path = f"/admin/payments/paymentaccount/{account.pk}/change/"
    form = form_of(browser.get(path))
    assert browser.post(path, form).status_code == 302
    assert not AuditEntry.objects.exists()
    assert browser.post(path, form | {"new_secret_key": "sk_test_next"}).status_code == 302
    entry = the_entry("payments.account_changed")
    assert entry.target_id == "stripe"
    assert (entry.before, entry.after) == ({"secret_key": HIDDEN}, {"secret_key": HIDDEN})
    assert browser.post(path, form | {"publishable_key": "pk_test_2"}).status_code == 302
    assert entries("payments.account_changed")[0].after == {"publishable_key": "pk_test_2"}
    PaymentAccount.objects.all().delete()
    added = {"provider": "stripe", "position": "1", "new_secret_key": "sk_test_x"}
    assert browser.post("/admin/payments/paymentaccount/add/", added).status_code == 302
    assert the_entry("payments.account_added").after["secret_key"] == HIDDEN


def test_roles_and_passwords_that_are_changed_are_on_record(shop_a: TestShop) -> None:
    person = staff_of(shop_a, "support", email="dara@staff.example")
    browser = owner_of(shop_a)
    path = f"/admin/staff/user/{person.pk}/change/"
    manager = str(Group.objects.get(name="manager").pk)
    form = form_of(browser.get(path))
    assert browser.post(path, form | {"groups": [manager]}).status_code == 302
    entry = the_entry("staff.user_changed")
    assert entry.target_id == person.public_id
    assert (entry.before, entry.after) == ({"roles": ["support"]}, {"roles": ["manager"]})
    new = {"password1": "correct-horse-battery", "password2": "correct-horse-battery"}
    answer = browser.post(f"/admin/staff/user/{person.pk}/password/", new)
    assert answer.status_code == 302
    assert User.objects.get(pk=person.pk).check_password(new["password1"])
    assert entries("staff.user_changed")[0].after == {"password": HIDDEN}


def test_settings_that_are_changed_are_on_record(shop_a: TestShop) -> None:
    path = "/admin/shop/shopsettings/True/change/"
    browser = owner_of(shop_a)
    form = form_of(browser.get(path))
    assert browser.post(path, form | {"tax_rate": "7.5"}).status_code == 302
    entry = the_entry("shop.settings_changed")
    assert (entry.target_type, entry.target_id) == ("settings", shop_a.schema)
    assert (entry.before["tax_rate_bp"], entry.after["tax_rate_bp"]) == (0, 750)


def test_the_platform_s_people_are_on_record_in_public(db: None) -> None:
    browser = platform_operator()
    new = {
        "email": "new@platform.example",
        "usable_password": "true",
        "password1": "correct-horse-battery",
        "password2": "correct-horse-battery",
    }
    assert browser.post("/admin/staff/user/add/", new).status_code == 302
    with use_schema(PUBLIC):
        entry = the_entry("staff.user_added")
        assert entry.target_id == User.objects.get(email="new@platform.example").public_id
        assert entry.after["email"] == "new@platform.example"
        assert entry.actor == User.objects.get(email="operator@platform.example").actor
        assert entry.after["password"] == HIDDEN
