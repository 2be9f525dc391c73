from uuid import UUID

from django.http import HttpRequest

from apps.payments import selectors as payments
from apps.reconciliation import balance
from apps.reconciliation.admin.reports import panel_of_lines, payout_link
from apps.reconciliation.models import Payout
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.panels import NOTHING, Panel, Rows, link, order_panel
from apps.shared.ids import public_id
from apps.shared.money import Money

_MOST_SHOWN = 200


class PayoutAdmin(ReadOnlyAdmin[Payout]):
    """What the providers sent to the shop's bank, and what each payout consists of."""

    list_display = ["made_at", "provider", "reference", money_column("amount", "Amount"), "status"]
    list_filter = ["status", "provider", "made_at"]
    search_fields = ["=reference"]
    fields = [
        "reference",
        "provider",
        "status",
        money_column("amount", "Amount"),
        "made_at",
        "is_itemized",
        "read_at",
    ]

    def get_panels(self, request: HttpRequest, obj: Payout) -> list[Panel]:
        lines = balance.lines_of_payout(payout_id=obj.pk, most=_MOST_SHOWN + 1)
        return [panel_of_lines("What it consists of", lines)]


@order_panel("Fees and payouts", permission="reconciliation.view_payout")
def fees_of_order(order_id: UUID) -> Rows:
    """What the provider kept of each payment and refund, and when it reached the shop's bank."""
    ids = [one.id for one in payments.payments_of_order(order_id=order_id)]
    return [
        {
            "What": one.kind.label,
            "Payment": link(
                public_id("pay", one.payment_id),
                "admin:payments_paymentintent_change",
                one.payment_id,
            )
            if one.payment_id
            else NOTHING,
            "Amount": Money(one.amount, one.currency),
            "Fee": NOTHING if one.fee is None else Money(one.fee, one.currency),
            "Payout": payout_link(one),
            "When": one.at,
        }
        for one in balance.lines_of_payments(payments=ids)
    ]
