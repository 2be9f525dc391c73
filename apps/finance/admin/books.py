"""The books, to look at. Nothing in them is ever edited (FIN-006)."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.finance.admin.of_order import OfOrder
from apps.finance.models import FinancialOrder, FinancialTransaction
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.panels import Panel, Rows, link, make_panel
from apps.shared.ids import public_id
from apps.shared.money import Money


class FinancialOrderAdmin(OfOrder):
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
        money_column("reduction_amount", "Not charged"),
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
        if row.is_dispute:
            return "a dispute"
        return public_id("pay" if row.kind == "credit" else "ref", row.source_id)


def _transactions(order: FinancialOrder) -> Rows:
    return [
        {
            "At": one.created_at,
            "Kind": one.get_kind_display(),
            "Amount": Money(one.amount, one.currency),
            "Dispute": "lost" if one.is_dispute and one.kind == "debit" else "won" * one.is_dispute,
        }
        for one in order.transactions.all()
    ]
