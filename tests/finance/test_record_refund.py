"""Debits and credit notes."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pypdf import PdfReader

from apps.finance import selectors, services
from apps.finance.errors import (
    CreditNoteNotFound,
    FinancialAmountMismatch,
    InvoiceDocumentDiffers,
    RefundBookingDiffers,
    RefundNotBooked,
)
from apps.finance.models import CreditNote, DocumentSequence, FinancialOrder, FinancialTransaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

from .orders import NOW, lock, paid_order
from .refunds import book, note_of, plain, refund_content, reverse
from .samples import content


def transactions() -> list[tuple[str, int]]:
    return list(FinancialTransaction.objects.order_by("id").values_list("kind", "amount"))


def test_fin_002_a_refund_is_one_debit_and_one_credit_note(shop_a: TestShop) -> None:
    """FIN-002."""
    order_id = paid_order()

    refund = book(order_id)
    book(order_id, refund)

    assert transactions() == [("credit", 3240), ("debit", 1620)]
    note = note_of(refund)
    assert (note.number, note.total_amount, note.currency) == ("CN-2026-000001", 1620, "USD")
    assert CreditNote.objects.count() == 1
    assert DomainEvent.objects.filter(name="finance.credit_note.issued").count() == 1
    assert selectors.balance_of(FinancialOrder.objects.get()) == 1620


def test_a_credit_note_is_written_as_its_invoice_was(shop_a: TestShop) -> None:
    order_id = paid_order()
    services.issue_invoice(order_id=order_id, now=NOW)

    document = selectors.issued_credit_note(credit_note_id=note_of(book(order_id)).pk).document

    assert document.invoice_number == "INV-2026-000001"
    credited = document.credited
    [line] = credited.lines
    assert (line.quantity, line.total_amount, line.tax_amount) == (1, 1250, 100)
    assert (credited.subtotal_amount, credited.shipping_amount) == (1250, 250)
    assert (credited.tax_amount, credited.included_tax_amount) == (120, 0)
    assert credited.total_amount == 1250 + 250 + 120


def test_tax_in_the_prices_stays_in_them(shop_a: TestShop) -> None:
    told = content(
        prices_include_tax=True, tax_amount=0, included_tax_amount=240, total_amount=3000
    )
    order_id = paid_order(told)

    credited = selectors.issued_credit_note(
        credit_note_id=note_of(book(order_id)).pk
    ).document.credited

    assert (credited.subtotal_amount, credited.shipping_amount) == (1350, 270)
    assert (credited.tax_amount, credited.included_tax_amount) == (0, 120)
    assert credited.total_amount == 1620


def test_an_amount_without_goods_is_a_line_of_its_own(shop_a: TestShop) -> None:
    refund = book(paid_order(), told=plain(300))

    credited = selectors.issued_credit_note(credit_note_id=note_of(refund).pk).document.credited

    assert [(one.title, one.total_amount) for one in credited.lines] == [("Refund", 300)]
    assert credited.shipping.name == ""


@pytest.mark.parametrize(
    ("amount", "currency"), [(3241, "USD"), (1620, "EUR"), (1619, "USD"), (1621, "USD")]
)
def test_what_does_not_fit_is_refused(shop_a: TestShop, amount: int, currency: str) -> None:
    order_id = paid_order()

    with pytest.raises(FinancialAmountMismatch):
        book(order_id, amount=amount, currency=currency)

    assert transactions() == [("credit", 3240)]
    assert not CreditNote.objects.exists()


def test_fin_005_never_more_is_debited_than_was_credited(shop_a: TestShop) -> None:
    """FIN-005."""
    order_id = paid_order()
    book(order_id, told=plain(3000))

    with pytest.raises(FinancialAmountMismatch):
        book(order_id, told=plain(241))
    with pytest.raises(FinancialAmountMismatch):
        book(lock(), told=plain(1))

    book(order_id, told=plain(240))
    assert sum(amount for kind, amount in transactions() if kind == "debit") == 3240


def test_fin_002_the_same_refund_with_another_amount_is_refused(shop_a: TestShop) -> None:
    """FIN-002."""
    order_id = paid_order()
    refund = book(order_id)

    with pytest.raises(RefundBookingDiffers):
        book(order_id, refund, told=plain(1))


def test_r4_a_reversed_refund_is_credited_once(shop_a: TestShop) -> None:
    order_id = paid_order()
    refund = book(order_id)

    reverse(order_id, refund)
    reverse(order_id, refund)

    assert transactions() == [("credit", 3240), ("debit", 1620), ("credit", 1620)]
    assert selectors.balance_of(FinancialOrder.objects.get()) == 3240
    with pytest.raises(RefundNotBooked):
        reverse(order_id, new_id())


def test_fin_003_credit_notes_count_on_their_own_without_gaps(shop_a: TestShop) -> None:
    """FIN-003."""
    order_id = paid_order()
    services.issue_invoice(order_id=order_id, now=NOW)
    book(order_id, told=plain(1))
    with transaction.atomic():
        book(order_id, told=plain(1))
        transaction.set_rollback(True)
    book(order_id, told=plain(1))

    numbers = CreditNote.objects.order_by("id").values_list("number", flat=True)
    assert list(numbers) == ["CN-2026-000001", "CN-2026-000002"]
    counters = DocumentSequence.objects.order_by("kind").values_list("kind", "last_number")
    assert list(counters) == [("credit_note", 2), ("invoice", 1)]


def test_fin_003_the_year_is_the_shops_own(shop_a: TestShop) -> None:
    """FIN-003."""
    ShopSettings.objects.update(time_zone="Asia/Phnom_Penh")
    order_id = paid_order()
    with transaction.atomic():
        services.record_refund(
            order_id=order_id,
            refund_id=new_id(),
            amount=1,
            currency="USD",
            content=plain(1),
            now=NOW.replace(year=2026, month=12, day=31, hour=18),
        )

    assert CreditNote.objects.get().number == "CN-2027-000001"


def test_fin_003_twelve_at_once_have_twelve_numbers(committed_shop: TestShop) -> None:
    """FIN-003."""
    orders = [paid_order() for _ in range(12)]

    results = race(committed_shop, *[lambda one=one: book(one) for one in orders])

    assert outcomes(results) == ["ok"] * 12
    issued = CreditNote.objects.order_by("sequence").values_list("sequence", "issued_at")
    assert [sequence for sequence, _ in issued] == list(range(1, 13))
    assert [at for _, at in issued] == sorted(at for _, at in issued)


@pytest.mark.parametrize(
    "change", [{"number": "x"}, {"content": {}}, {"total_amount": 1}, {"document_path": "x"}]
)
def test_fin_004_a_credit_note_is_immutable(shop_a: TestShop, change: dict[str, Any]) -> None:
    """FIN-004."""
    book(paid_order())

    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        CreditNote.objects.update(**change)


def test_fin_006_credit_notes_are_kept(committed_shop: TestShop) -> None:
    """FIN-006."""
    book(paid_order())
    table = connection.ops.quote_name(CreditNote._meta.db_table)

    with pytest.raises(IntegrityError, match="kept for good"), transaction.atomic():
        CreditNote.objects.all()._raw_delete("default")
    with (
        pytest.raises(IntegrityError, match="kept for good"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_the_pdf_says_what_was_given_back(shop_a: TestShop, private_folder: Path) -> None:
    order_id = paid_order()
    services.issue_invoice(order_id=order_id, now=NOW)
    note = note_of(book(order_id, told=refund_content()))

    for _ in range(2):
        services.store_credit_note_document(credit_note_id=note.pk, now=NOW)

    note.refresh_from_db()
    path = private_folder / shop_a.schema / "credit_notes/2026/CN-2026-000001.pdf"
    [page] = PdfReader(io.BytesIO(path.read_bytes())).pages
    text = page.extract_text()
    for said in ("Credit note", "CN-2026-000001", "INV-2026-000001", "Stoneware mug", "16.20"):
        assert said in text, said
    assert "Paid in full" not in text
    assert "Unit price" not in text
    assert note.document_path == "credit_notes/2026/CN-2026-000001.pdf"
    assert DomainEvent.objects.filter(name="finance.credit_note.document_stored").count() == 1
    with pytest.raises(InvoiceDocumentDiffers):
        services.record_credit_note_document(
            credit_note_id=note.pk, document_path="x", document_sha256="y", now=NOW
        )


def test_an_unknown_credit_note_is_not_found(shop_a: TestShop) -> None:
    with pytest.raises(CreditNoteNotFound):
        services.store_credit_note_document(credit_note_id=new_id(), now=NOW)
    with pytest.raises(CreditNoteNotFound):
        services.record_credit_note_document(
            credit_note_id=new_id(), document_path="x", document_sha256="y", now=NOW
        )
