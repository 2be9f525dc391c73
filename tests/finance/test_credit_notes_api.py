"""Credit notes as their buyers and the shop's people see them."""

from uuid import UUID

import pytest
from django.urls import reverse

from apps.finance import services
from apps.finance.models import CreditNote
from apps.shared.api.tokens import access_token
from apps.shared.ids import new_id, public_id
from tests.admin.browser import owner_of, signed_in, staff_of
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop

from .orders import NOW, paid_order
from .refunds import book, note_of


def stored() -> CreditNote:
    """A credit note of 16.20 with its PDF in place."""
    note = note_of(book(paid_order()))
    services.store_credit_note_document(credit_note_id=note.pk, now=NOW)
    note.refresh_from_db()
    return note


def paths(note: CreditNote) -> list[str]:
    base = f"orders/{public_id('ord', note.order_id)}/credit-notes"
    return [base, f"{base}/{note.public_id}/document"]


def token(note: CreditNote) -> str:
    return access_token("order", note.order_id)


def test_the_buyer_reads_all_credit_notes_with_the_orders_token(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    note = stored()
    second = note_of(book(note.order_id))

    answer = client_a.get(paths(note)[0], order_token=token(note))

    assert answer.status_code == 200
    first, other = answer.json()["data"]
    assert first == {
        "object": "credit_note",
        "id": note.public_id,
        "number": "CN-2026-000001",
        "refund": public_id("ref", note.refund_id),
        "total": {"amount": 1620, "currency": "USD", "display": "16.20 USD"},
        "issued_at": "2026-03-04T10:05:00Z",
        "document_url": f"http://{shop_a.domain}/api/v1/{paths(note)[1]}",
    }
    assert (other["id"], other["document_url"]) == (second.public_id, None)


def test_an_order_without_refunds_has_none(shop_a: TestShop, client_a: ShopClient) -> None:
    order_id = paid_order()
    path = f"orders/{public_id('ord', order_id)}/credit-notes"
    answer = client_a.get(path, order_token=access_token("order", order_id))
    assert (answer.status_code, answer.json()["data"]) == (200, [])


def test_the_document_is_a_download_that_nobody_keeps(
    shop_a: TestShop, client_a: ShopClient
) -> None:
    note = stored()

    answer = client_a.get(paths(note)[1], order_token=token(note))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="CN-2026-000001.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF-")


def test_until_the_pdf_is_stored_it_is_not_ready(shop_a: TestShop, client_a: ShopClient) -> None:
    note = note_of(book(paid_order()))
    answer = client_a.get(paths(note)[1], order_token=token(note))
    assert (answer.status_code, answer.json()["code"]) == (404, "credit_note_document_not_ready")
    assert answer["Retry-After"] == "2"


def test_a_damaged_document_is_not_handed_out(
    shop_a: TestShop, client_a: ShopClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FIN-004."""
    note = stored()
    monkeypatch.setattr("apps.finance.gateways.documents.get", lambda path: b"%PDF-other")
    answer = client_a.get(paths(note)[1], order_token=token(note))
    assert (answer.status_code, answer.json()["code"]) == (503, "credit_note_document_unavailable")


@pytest.mark.parametrize("given", ["", "0" * 64, "another order"])
def test_strangers_learn_nothing(shop_a: TestShop, client_a: ShopClient, given: str) -> None:
    note, other = stored(), stored()
    bearer = token(other) if given == "another order" else given
    for path in paths(note):
        answer = client_a.get(path, order_token=bearer)
        assert (answer.status_code, answer.json()["code"]) == (404, "credit_note_not_found")


def test_a_credit_note_of_another_order_is_not_here(shop_a: TestShop, client_a: ShopClient) -> None:
    note, other = stored(), stored()
    path = f"{paths(note)[0]}/{other.public_id}/document"
    assert client_a.get(path, order_token=token(note)).status_code == 404


def test_another_shop_has_none_of_it(
    shop_a: TestShop, shop_b: TestShop, client_b: ShopClient
) -> None:
    """TEN-001."""
    note = stored()
    with use_shop(shop_b):
        for path in paths(note):
            assert client_b.get(path, order_token=token(note)).status_code == 404


def admin_path(name: str, issued_id: UUID) -> str:
    return reverse(
        f"admin:finance_creditnote_{name}", urlconf="config.urls_tenant", args=[issued_id]
    )


def test_staff_download_it_from_its_page(shop_a: TestShop) -> None:
    note = stored()
    browser = owner_of(shop_a)

    page = browser.get(admin_path("change", note.pk)).content.decode()
    answer = browser.get(admin_path("document", note.pk))

    assert f'href="{admin_path("document", note.pk)}"' in page
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert browser.get(admin_path("document", new_id())).status_code == 404
    packer = signed_in(shop_a.domain, staff_of(shop_a, "fulfilment"))
    assert packer.get(admin_path("document", note.pk)).status_code == 403
