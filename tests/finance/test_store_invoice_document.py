import hashlib
import logging
from pathlib import Path

import pytest
from django.db import transaction

from apps.finance import services
from apps.finance.errors import (
    InvoiceDocumentDiffers,
    InvoiceDocumentNotReady,
    InvoiceDocumentUnavailable,
    InvoiceNotFound,
)
from apps.finance.gateways import documents
from apps.finance.models import Invoice
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

from .orders import NOW, issued_invoice, stored_invoice

PATH = "invoices/2026/INV-2026-000001.pdf"


def files(folder: Path) -> list[str]:
    """Every file in private storage."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def stored_events() -> int:
    return DomainEvent.objects.filter(name="finance.invoice.document_stored").count()


def test_the_pdf_is_stored_in_the_shops_private_folder(
    shop_a: TestShop, private_folder: Path
) -> None:
    invoice_id = stored_invoice()

    invoice = Invoice.objects.get(pk=invoice_id)
    content = (private_folder / shop_a.schema / PATH).read_bytes()
    assert files(private_folder) == [f"{shop_a.schema}/{PATH}"]
    assert content.startswith(b"%PDF-")
    assert invoice.document_path == PATH
    assert invoice.document_sha256 == hashlib.sha256(content).hexdigest()
    assert DomainEvent.objects.get(name="finance.invoice.document_stored").payload == {
        "invoice_id": str(invoice_id),
        "order_id": str(invoice.order_id),
        "number": "INV-2026-000001",
        "document_path": PATH,
        "document_sha256": invoice.document_sha256,
    }


def test_fin_004_a_repetition_stores_and_tells_nothing_more(
    shop_a: TestShop, private_folder: Path
) -> None:
    """FIN-004."""
    invoice_id = stored_invoice()
    before = (private_folder / shop_a.schema / PATH).stat()

    services.store_invoice_document(invoice_id=invoice_id, now=NOW)

    after = (private_folder / shop_a.schema / PATH).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert len(files(private_folder)) == 1
    assert stored_events() == 1


def test_killed_after_the_file_and_before_its_note_it_simply_runs_again(
    shop_a: TestShop, private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice_id = issued_invoice()
    step = "apps.finance.services._store_invoice_document.record_invoice_document"

    def die(**_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(step, die)
        with pytest.raises(SystemExit):
            services.store_invoice_document(invoice_id=invoice_id, now=NOW)
    first = (private_folder / shop_a.schema / PATH).read_bytes()
    assert Invoice.objects.get().document_path == ""

    services.store_invoice_document(invoice_id=invoice_id, now=NOW)

    assert files(private_folder) == [f"{shop_a.schema}/{PATH}"]
    assert (private_folder / shop_a.schema / PATH).read_bytes() == first
    assert Invoice.objects.get().document_path == PATH


@pytest.mark.parametrize("left_behind", [b"", b"%PDF-1.3 half of it"])
def test_what_a_killed_worker_left_half_written_is_replaced(
    shop_a: TestShop, private_folder: Path, left_behind: bytes
) -> None:
    invoice_id = issued_invoice()
    path = private_folder / shop_a.schema / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(left_behind)

    services.store_invoice_document(invoice_id=invoice_id, now=NOW)

    assert files(private_folder) == [f"{shop_a.schema}/{PATH}"]
    assert services.fetch_invoice_document(invoice_id=invoice_id) == path.read_bytes()


def test_four_workers_at_once_leave_one_file_and_one_event(
    committed_shop: TestShop, private_folder: Path
) -> None:
    invoice_id = issued_invoice()

    results = race(
        committed_shop,
        *[lambda: services.store_invoice_document(invoice_id=invoice_id, now=NOW)] * 4,
    )

    assert outcomes(results) == ["ok"] * 4
    assert files(private_folder) == [f"{committed_shop.schema}/{PATH}"]
    assert stored_events() == 1
    assert services.fetch_invoice_document(invoice_id=invoice_id).startswith(b"%PDF-")


def test_drawing_holds_no_transaction_open(committed_shop: TestShop) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.store_invoice_document(invoice_id=new_id(), now=NOW)


def test_an_unknown_invoice_is_not_found(shop_a: TestShop) -> None:
    with pytest.raises(InvoiceNotFound):
        services.store_invoice_document(invoice_id=new_id(), now=NOW)
    with pytest.raises(InvoiceNotFound):
        services.fetch_invoice_document(invoice_id=new_id())


def test_fin_004_another_document_is_refused(shop_a: TestShop) -> None:
    """FIN-004."""
    invoice_id = stored_invoice()

    with pytest.raises(InvoiceDocumentDiffers):
        services.record_invoice_document(
            invoice_id=invoice_id, document_path=PATH, document_sha256="0" * 64, now=NOW
        )

    assert stored_events() == 1


def test_a_document_that_is_not_there_yet_cannot_be_fetched(shop_a: TestShop) -> None:
    with pytest.raises(InvoiceDocumentNotReady):
        services.fetch_invoice_document(invoice_id=issued_invoice())


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_a_damaged_document_is_not_handed_out(
    shop_a: TestShop, private_folder: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    invoice_id = stored_invoice()
    path = private_folder / shop_a.schema / PATH
    path.unlink() if harm == "lost" else path.write_bytes(b"%PDF- forged")

    with caplog.at_level(logging.ERROR), pytest.raises(InvoiceDocumentUnavailable):
        services.fetch_invoice_document(invoice_id=invoice_id)

    assert [one.levelname for one in caplog.records if "damaged" in one.message] == ["ERROR"]


def test_a_storage_that_keeps_nothing_is_noticed(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.storage import InMemoryStorage

    class Leaky(InMemoryStorage):
        def _save(self, name: str, content: object) -> str:
            return name

    monkeypatch.setattr(documents, "_storage", Leaky)

    with pytest.raises(documents.DocumentNotKept):
        documents.put("a.pdf", b"content")
