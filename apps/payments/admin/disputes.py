from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.payments.gateways import provider_title
from apps.payments.models import PaymentDispute
from apps.payments.states import DisputeStatus
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.panels import NOTHING, Rows, link, order_panel
from apps.shared.ids import public_id
from apps.shared.money import Money


class PaymentDisputeAdmin(ReadOnlyAdmin[PaymentDispute]):
    """What payers want back through their banks. Evidence is handed in at the provider."""

    list_display = [
        "reference",
        "status",
        "evidence_due_at",
        money_column("amount", "Amount"),
        "reason",
        "order",
        "created_at",
    ]
    list_filter = ["status", "provider", "evidence_due_at"]
    list_select_related = ["payment"]
    search_fields = ["=reference"]
    ordering = ["evidence_due_at", "-id"]
    fields = [
        "reference",
        "provider",
        "status",
        "evidence_due_at",
        money_column("amount", "Amount"),
        money_column("booked_amount", "Taken back"),
        "fee",
        "reason",
        "order",
        "told_at",
        "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentDispute]:
        return super().get_queryset(request).defer("payment__client")

    @admin.display(description="Fee")
    def fee(self, dispute: PaymentDispute) -> str:
        if not dispute.fee_amount:
            return NOTHING
        return Money(dispute.fee_amount, dispute.fee_currency).display()

    @admin.display(description="Order")
    def order(self, dispute: PaymentDispute) -> SafeString:
        order_id: Any = dispute.payment.order_id
        return link(public_id("ord", order_id), "admin:orders_order_change", order_id)


@order_panel("Disputes", permission="payments.view_paymentdispute")
def disputes_of_order(order_id: UUID) -> Rows:
    """What the payer wants back through the bank, and until when the shop may answer."""
    found = PaymentDispute.objects.filter(payment__order_id=order_id).order_by("id")
    return [
        {
            "Dispute": link(one.reference, "admin:payments_paymentdispute_change", one.pk),
            "Status": one.get_status_display(),
            "Evidence until": one.evidence_due_at,
            "Amount": Money(one.amount, one.currency),
            "Taken back": Money(one.booked_amount, one.currency) if one.booked_amount else "",
            "Reason": one.reason,
            "Provider": provider_title(one.provider),
        }
        for one in found
    ]


@index_card("Disputes to answer", permission="payments.view_paymentdispute", place=44)
def disputes_to_answer() -> Card:
    """Disputes that wait for the shop's evidence, and when the first of them is due."""
    waiting = PaymentDispute.objects.filter(status=DisputeStatus.OPEN).order_by("evidence_due_at")
    first = waiting.filter(evidence_due_at__isnull=False).first()
    due = f"evidence until {first.evidence_due_at:%Y-%m-%d %H:%M} UTC" if first else ""
    count = waiting.count()
    return Card(
        str(count),
        hint=due,
        url=f"{reverse('admin:payments_paymentdispute_changelist')}?status__exact=open",
        alarming=count > 0,
    )
