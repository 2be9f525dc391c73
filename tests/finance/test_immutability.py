"""FIN-004 and FIN-006: what PostgreSQL itself refuses, whatever the code above does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from apps.finance.models import DocumentSequence, FinancialOrder, FinancialTransaction, Invoice
from tests.support.shops import TestShop

from .orders import NOW, issued_invoice, lock, stored_invoice

MODELS = (FinancialOrder, FinancialTransaction, DocumentSequence, Invoice)


def refused(work: Callable[[], Any]) -> bool:
    """Whether one of our triggers refuses."""
    try:
        with transaction.atomic():
            work()
    except IntegrityError as error:
        return any(word in str(error) for word in ("immutable", "kept for good", "counts up"))
    return False


@pytest.mark.parametrize(
    "change",
    [
        {"number": "INV-2026-000009"},
        {"content": {}},
        {"total_amount": 1},
        {"currency": "EUR"},
        {"issued_at": NOW.replace(year=2025)},
        {"sequence": 9},
        {"document_path": "x"},  # one without the other
        {"document_sha256": "x"},
        {"document_path": "x", "document_sha256": "y", "total_amount": 1},
    ],
)
def test_fin_004_an_issued_invoice_is_immutable(shop_a: TestShop, change: dict[str, Any]) -> None:
    """FIN-004."""
    before = Invoice.objects.filter(pk=issued_invoice())

    assert refused(lambda: before.update(**change))

    assert before.get().number == "INV-2026-000001"
    assert before.get().total_amount == 3240


def test_fin_004_the_document_is_noted_once(shop_a: TestShop) -> None:
    """FIN-004."""
    invoice = Invoice.objects.filter(pk=issued_invoice())

    assert not refused(lambda: invoice.update(document_path="a", document_sha256="b"))
    assert refused(lambda: invoice.update(document_path="c", document_sha256="d"))
    assert refused(lambda: invoice.update(document_path="", document_sha256=""))
    assert refused(lambda: invoice.update(document_path="a", document_sha256="b"))

    assert (invoice.get().document_path, invoice.get().document_sha256) == ("a", "b")


@pytest.mark.parametrize("model", MODELS)
def test_fin_006_financial_rows_are_never_deleted(shop_a: TestShop, model: Any) -> None:
    """FIN-006."""
    stored_invoice()

    assert refused(lambda: model.objects.all()._raw_delete("default"))

    assert model.objects.count() == 1


@pytest.mark.parametrize("model", MODELS)
def test_fin_006_financial_tables_are_never_emptied(committed_shop: TestShop, model: Any) -> None:
    """FIN-006."""
    issued_invoice()
    table = connection.ops.quote_name(model._meta.db_table)

    with connection.cursor() as cursor:
        assert refused(lambda: cursor.execute(f"TRUNCATE {table} CASCADE"))

    assert model.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"amount": 1}, {"currency": "EUR"}, {"kind": "debit"}, {"created_at": NOW}]
)
def test_fin_006_a_transaction_is_immutable(shop_a: TestShop, change: dict[str, Any]) -> None:
    """FIN-006."""
    issued_invoice()

    assert refused(lambda: FinancialTransaction.objects.update(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"total_amount": F("total_amount") + 1, "subtotal_amount": F("subtotal_amount") + 1},
        {"content": {}},
        {"order_number": "1"},
        {"locked_at": NOW.replace(year=2025)},
        {"status": "locked"},
        {"status": "paid", "paid_at": NOW, "currency": "EUR"},
    ],
)
def test_fin_006_locked_totals_are_immutable(shop_a: TestShop, change: dict[str, Any]) -> None:
    """FIN-006."""
    lock()

    assert refused(lambda: FinancialOrder.objects.update(**change))


def test_fin_006_a_paid_order_stays_as_it_is(shop_a: TestShop) -> None:
    """FIN-006."""
    issued_invoice()

    assert refused(lambda: FinancialOrder.objects.update(status="locked", paid_at=None))
    assert refused(lambda: FinancialOrder.objects.update(paid_at=NOW.replace(year=2025)))


@pytest.mark.parametrize("number", [0, 1, 3, 1000])
def test_fin_003_a_counter_counts_up_by_one(shop_a: TestShop, number: int) -> None:
    """FIN-003."""
    issued_invoice()

    assert refused(lambda: DocumentSequence.objects.update(last_number=number))

    assert DocumentSequence.objects.get().last_number == 1
