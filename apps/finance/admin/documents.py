"""Issued documents, with their PDFs. Nothing in them is ever edited (FIN-004, FIN-006)."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from apps.finance import services
from apps.finance.admin.of_order import OfOrder
from apps.finance.models import CreditNote, Invoice
from apps.shared.admin.bases import money_column
from apps.shared.admin.panels import NOTHING, Rows, link, order_panel
from apps.shared.errors import NotFound
from apps.shared.ids import public_id
from apps.shared.money import Money

_FIELDS = [
    "number",
    "public_id",
    "order",
    "order_number",
    money_column("total_amount", "Total"),
    "issued_at",
    "document",
    "document_path",
    "document_sha256",
    "content",
]


def document_link(issued: Invoice | CreditNote) -> SafeString | str:
    """A link that downloads the PDF, once it is there."""
    if not issued.document_path:
        return NOTHING
    return link("Download PDF", f"admin:finance_{issued._meta.model_name}_document", issued.pk)


class _IssuedAdmin(OfOrder):
    """A list of documents, and the download of each."""

    list_display = [
        "number",
        "order_number",
        money_column("total_amount", "Total"),
        "issued_at",
        "document",
    ]
    list_filter = ["year", "issued_at"]
    search_fields = ["=number", "=order_number"]

    @admin.display(description="Document")
    def document(self, issued: Any) -> SafeString | str:
        return document_link(issued)

    def get_urls(self) -> list[URLPattern]:
        """The download comes first: Django's own patterns take any path for an id."""
        download = self.admin_site.admin_view(self.download)
        name = f"finance_{self.opts.model_name}_document"
        return [path("<uuid:issued_id>/document/", download, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, issued_id: UUID) -> HttpResponse:
        """The PDF, for staff who may see documents of this kind."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            content = self.fetch(issued_id)
        except NotFound:
            raise Http404 from None
        number = self.model.objects.values_list("number", flat=True).get(pk=issued_id)
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )

    def fetch(self, issued_id: UUID) -> bytes:
        """The bytes of the PDF. Raises NotFound."""
        raise NotImplementedError


class InvoiceAdmin(_IssuedAdmin):
    """Issued invoices, with their PDF."""

    search_help_text = "Number, id (inv_…), order number or order id (ord_…)"
    fields = _FIELDS

    def fetch(self, issued_id: UUID) -> bytes:
        return services.fetch_invoice_document(invoice_id=issued_id)


class CreditNoteAdmin(_IssuedAdmin):
    """Issued credit notes, with their PDF: one for each refund that succeeded."""

    search_help_text = "Number, id (crn_…), order number or order id (ord_…)"
    fields = [*_FIELDS[:4], "refund", *_FIELDS[4:]]

    @admin.display(description="Refund")
    def refund(self, note: CreditNote) -> SafeString:
        return link(public_id("ref", note.refund_id), "admin:refunds_refund_change", note.refund_id)

    def fetch(self, issued_id: UUID) -> bytes:
        return services.fetch_credit_note_document(credit_note_id=issued_id)


@order_panel("Invoice", permission="finance.view_invoice")
def invoice_of_order(order_id: UUID) -> Rows:
    """The order's invoice, when it has one."""
    return [_row(one) for one in Invoice.objects.filter(order_id=order_id)]


@order_panel("Credit notes", permission="finance.view_creditnote")
def credit_notes_of_order(order_id: UUID) -> Rows:
    """What was credited of the order, oldest first."""
    return [_row(one) for one in CreditNote.objects.filter(order_id=order_id).order_by("id")]


def _row(issued: Invoice | CreditNote) -> dict[str, object]:
    page = f"admin:finance_{issued._meta.model_name}_change"
    return {
        "Number": link(issued.number, page, issued.pk),
        "Total": Money(issued.total_amount, issued.currency),
        "Issued": issued.issued_at,
        "Document": document_link(issued),
    }
