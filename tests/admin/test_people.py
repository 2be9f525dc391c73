"""Who did something is written down by an id that stays; pages show the name of today."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.orders.states import PaymentStatus
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shop.models import ShopSettings
from apps.staff import selectors
from apps.staff.models import User
from tests.admin.browser import Browser, form_of, owner_of, signed_in, staff_of
from tests.admin.rows import a_refund, an_order
from tests.support.shops import TestShop

AUDIT = "/admin/audit/auditentry/"


def _rename(browser: Browser, person: User, email: str) -> None:
    path = f"/admin/staff/user/{person.pk}/change/"
    answer = browser.post(path, form_of(browser.get(path)) | {"email": email})
    assert answer.status_code == 302


def _refund_page(name: str, *arguments: object) -> str:
    return reverse(f"admin:refunds_refund_{name}", "config.urls_tenant", list(arguments))


def test_ref_005_a_new_address_makes_nobody_a_second_person(shop_a: TestShop) -> None:
    """REF-005: an owner asks for a refund, renames herself, and still cannot approve it."""
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    owner = User.objects.get(email=shop_a.owner_email)
    browser = owner_of(shop_a)
    refund = a_refund()
    Refund.objects.filter(pk=refund.pk).update(requested_by=owner.actor, needs_approval=True)

    _rename(browser, owner, "somebody.else@shop.example")
    answer = browser.post(_refund_page("approve", refund.pk), {"why": "fine"})

    assert "a second person must" in answer.content.decode()
    refund.refresh_from_db()
    assert (refund.status, refund.approved_by) == ("requested", "")


def test_pages_show_the_name_of_today_and_find_it(shop_a: TestShop) -> None:
    order = an_order(status=PaymentStatus.AWAITING_PAYMENT)
    packer = staff_of(shop_a, "fulfilment", email="old@staff.example")
    path = reverse("admin:orders_order_step", "config.urls_tenant", [order.pk, "cancel"])
    signed_in(shop_a.domain, packer).post(path, {"reason": "sold elsewhere"})
    assert order.transitions.latest("id").actor == packer.actor
    owner = owner_of(shop_a)

    User.objects.filter(pk=packer.pk).update(email="new@staff.example", name="Dara Sok")

    for page in (
        reverse("admin:orders_order_change", "config.urls_tenant", [order.pk]),
        f"{AUDIT}{AuditEntry.objects.get().pk}/change/",
        AUDIT,
    ):
        assert "Dara Sok (new@staff.example)" in owner.get(page).content.decode(), page
    assert "orders.order_cancelled" in owner.get(AUDIT, q="dara").content.decode()
    assert "sold elsewhere" not in owner.get(AUDIT, q="nobody").content.decode()


def test_a_page_looks_its_people_up_once(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    actor = User.objects.get().actor
    for number in range(3):
        AuditEntry.objects.create(
            action="orders.order_cancelled",
            actor=actor,
            target_type="order",
            target_id=f"ord_{number}",
            origin="command",
            at=clock.now(),
        )
    asked = [one for one in browser.queries(AUDIT) if '"staff_user"."key"' in one]
    assert len([one for one in asked if "WHERE" not in one]) == 1


def test_what_is_older_than_the_ids_is_shown_as_it_is(shop_a: TestShop) -> None:
    refund = a_refund()
    page = owner_of(shop_a).get(_refund_page("change", refund.pk)).content.decode()
    assert refund.requested_by in page


def test_staff_are_kept_by_the_database_too(shop_a: TestShop) -> None:
    """REF-005: nobody is deleted, and comes back as somebody else."""
    person = staff_of(shop_a, "support")
    with pytest.raises(IntegrityError, match="switched off, not deleted"), transaction.atomic():
        person.delete()
    assert User.objects.filter(pk=person.pk).exists()


def test_refunds_of_old_are_given_the_ids(shop_a: TestShop) -> None:
    asker, boss = staff_of(shop_a, "support"), staff_of(shop_a, "manager")
    refund, other = a_refund(), a_refund()
    Refund.objects.filter(pk=refund.pk).update(
        requested_by=f"staff:{asker.email}", approved_by=f"staff:{boss.email}"
    )
    Refund.objects.filter(pk=other.pk).update(requested_by="system", approved_by="")

    import_module("apps.refunds.migrations.0004_who_asked_by_id").name_by_id(apps, None)

    refund.refresh_from_db()
    other.refresh_from_db()
    assert (refund.requested_by, refund.approved_by) == (asker.actor, boss.actor)
    assert (other.requested_by, other.approved_by) == ("system", "")
    assert selectors.people()[asker.actor] == asker.email
