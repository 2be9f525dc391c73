"""The books, to look at. Nothing in them is ever edited (FIN-004, FIN-006)."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from apps.finance import services
from apps.finance.errors import InvoiceDocumentNotReady, InvoiceNotFound
from apps.finance.models import FinancialOrder, FinancialTransaction, Invoice
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.panels import NOTHING, Panel, Rows, link, make_panel, order_panel
from apps.shared.ids import parse_public_id, public_id
from apps.shared.money import Money


def order_link(order_id: UUID) -> SafeString:
    """A link to the order's page."""
    return link(public_id("ord", order_id), "admin:orders_order_change", order_id)


def document_link(invoice: Invoice) -> SafeString | str:
    """A link that downloads the PDF, once it is there."""
    if not invoice.document_path:
        return NOTHING
    return link("Download PDF", "admin:finance_invoice_document", invoice.pk)


class _OfOrder(ReadOnlyAdmin[Any]):
    """Rows of one order each: its id is searched for as people see it."""

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists do without the content, which may be long."""
        return super().get_queryset(request).defer("content")

    @admin.display(description="Order")
    def order(self, row: Any) -> SafeString:
        return order_link(row.order_id)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        order_id = parse_public_id("ord", search_term.strip())
        if order_id is not None:
            return queryset.filter(order_id=order_id), False
        return super().get_search_results(request, queryset, search_term)


class InvoiceAdmin(_OfOrder):
    """Issued invoices, with their PDF."""

    list_display = [
        "number",
        "order_number",
        money_column("total_amount", "Total"),
        "issued_at",
        "document",
    ]
    list_filter = ["year", "issued_at"]
    search_fields = ["=number", "=order_number"]
    search_help_text = "Number, id (inv_…), order number or order id (ord_…)"
    fields = [
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

    @admin.display(description="Document")
    def document(self, invoice: Invoice) -> SafeString | str:
        return document_link(invoice)

    def get_urls(self) -> list[URLPattern]:
        """The download comes first: Django's own patterns take any path for an id."""
        download = self.admin_site.admin_view(self.download)
        name = "finance_invoice_document"
        return [path("<uuid:invoice_id>/document/", download, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, invoice_id: UUID) -> HttpResponse:
        """The PDF, for staff who may see invoices."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            content = services.fetch_invoice_document(invoice_id=invoice_id)
        except (InvoiceNotFound, InvoiceDocumentNotReady):
            raise Http404 from None
        number = Invoice.objects.values_list("number", flat=True).get(pk=invoice_id)
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )


class FinancialOrderAdmin(_OfOrder):
    """What each order is worth, as it was locked, and the money that came."""

    list_display = [
        "order_number",
        "status",
        money_column("total_amount", "Total"),
        "locked_at",
        "paid_at",
    ]
    list_filter = ["status", "currency", "locked_at"]
    search_fields = ["=order_number"]
    search_help_text = "Order number or order id (ord_…)"
    fields = [
        "order",
        "order_number",
        "status",
        money_column("subtotal_amount", "Subtotal"),
        money_column("discount_amount", "Discount"),
        money_column("shipping_amount", "Shipping"),
        money_column("tax_amount", "Tax"),
        money_column("total_amount", "Total"),
        "locked_at",
        "paid_at",
    ]

    def get_panels(self, request: HttpRequest, obj: FinancialOrder) -> list[Panel]:
        return [make_panel("Transactions", _transactions(obj))]


class FinancialTransactionAdmin(ReadOnlyAdmin[FinancialTransaction]):
    """Money that moved."""

    list_display = [
        "created_at",
        "kind",
        money_column("amount", "Amount"),
        "order_number",
        "source",
    ]
    list_filter = ["kind", "currency", "created_at"]
    list_select_related = ["financial_order"]
    search_fields = ["=financial_order__order_number"]
    search_help_text = "Order number"
    fields = ["created_at", "kind", money_column("amount", "Amount"), "order_number", "source"]

    @admin.display(description="Order", ordering="financial_order__order_number")
    def order_number(self, row: FinancialTransaction) -> SafeString:
        order = row.financial_order
        return link(order.order_number, "admin:orders_order_change", order.order_id)

    @admin.display(description="Of")
    def source(self, row: FinancialTransaction) -> str:
        return public_id("pay" if row.kind == "credit" else "ref", row.source_id)


@order_panel("Invoice", permission="finance.view_invoice")
def invoice_of_order(order_id: UUID) -> Rows:
    """The order's invoice, when it has one."""
    return [
        {
            "Number": link(invoice.number, "admin:finance_invoice_change", invoice.pk),
            "Total": Money(invoice.total_amount, invoice.currency),
            "Issued": invoice.issued_at,
            "Document": document_link(invoice),
        }
        for invoice in Invoice.objects.filter(order_id=order_id)
    ]


def _transactions(order: FinancialOrder) -> Rows:
    return [
        {
            "At": one.created_at,
            "Kind": one.get_kind_display(),
            "Amount": Money(one.amount, one.currency),
        }
        for one in order.transactions.all()
    ]


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Invoice, InvoiceAdmin)
    site.register(FinancialOrder, FinancialOrderAdmin)
    site.register(FinancialTransaction, FinancialTransactionAdmin)
