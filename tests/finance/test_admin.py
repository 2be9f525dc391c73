from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.finance.models import Invoice
from apps.shared.ids import new_id, public_id
from tests.admin.browser import Browser, owner_of, signed_in, staff_of
from tests.support.shops import TestShop, use_shop

from .orders import issued_invoice, lock, stored_invoice


def path(name: str, *arguments: object) -> str:
    return reverse(f"admin:finance_{name}", urlconf="config.urls_tenant", args=arguments)


def invoice_of(invoice_id: UUID) -> Invoice:
    return Invoice.objects.get(pk=invoice_id)


def test_staff_download_the_invoice_from_its_page(shop_a: TestShop) -> None:
    invoice_id = stored_invoice()
    browser = owner_of(shop_a)

    page = browser.get(path("invoice_change", invoice_id)).content.decode()
    answer = browser.get(path("invoice_document", invoice_id))

    assert f'href="{path("invoice_document", invoice_id)}"' in page
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="INV-2026-000001.pdf"'
    assert answer["Cache-Control"].startswith("private, no-store")
    assert answer.content.startswith(b"%PDF-")


def test_a_document_that_is_not_there_is_not_found(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)

    for invoice_id in (issued_invoice(), new_id()):
        assert browser.get(path("invoice_document", invoice_id)).status_code == 404


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 403)])
def test_the_download_asks_for_the_right_to_see_invoices(
    shop_a: TestShop, allowed: bool, status: int
) -> None:
    invoice_id = stored_invoice()
    person = staff_of(shop_a)
    if allowed:
        person.user_permissions.add(Permission.objects.get(codename="view_invoice"))

    answer = signed_in(shop_a.domain, person).get(path("invoice_document", invoice_id))

    assert answer.status_code == status


def test_strangers_are_sent_to_sign_in(shop_a: TestShop) -> None:
    answer = Browser(shop_a.domain).get(path("invoice_document", stored_invoice()))

    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_another_shops_owner_does_not_reach_it(shop_a: TestShop, shop_b: TestShop) -> None:
    invoice_id = stored_invoice()
    with use_shop(shop_b):
        browser = owner_of(shop_b)

    assert browser.get(path("invoice_document", invoice_id)).status_code == 404
    assert browser.get(path("invoice_change", invoice_id)).status_code in (302, 404)


@pytest.mark.parametrize("model", ["invoice", "financialorder"])
def test_books_are_found_by_number_and_by_ids(shop_a: TestShop, model: str) -> None:
    invoice = invoice_of(stored_invoice())
    lock()
    browser = owner_of(shop_a)

    for term in (invoice.order_number, public_id("ord", invoice.order_id)):
        page = browser.get(path(f"{model}_changelist"), q=term).content.decode()
        assert invoice.order_number in page
    page = browser.get(path(f"{model}_changelist"), q=public_id("ord", new_id())).content.decode()
    assert "0 " in page
    assert 'class="field-order_number' not in page


@pytest.mark.parametrize("model", ["invoice", "financialorder", "financialtransaction"])
def test_nobody_adds_changes_or_deletes(shop_a: TestShop, model: str) -> None:
    stored_invoice()
    browser = owner_of(shop_a)

    assert browser.get(path(f"{model}_add")).status_code == 403
    listed = {"invoice": Invoice.objects.values_list("pk", flat=True)[0]}.get(model, 1)
    assert browser.post(path(f"{model}_delete", listed)).status_code in (302, 403)
    assert Invoice.objects.count() == 1
