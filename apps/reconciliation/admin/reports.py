import csv
import io
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.reconciliation import balance, selectors
from apps.reconciliation.dto import BalanceLine
from apps.reconciliation.models import Reconciliation
from apps.reconciliation.representation import HEADINGS, csv_rows
from apps.shared.admin.bases import ReadOnlyAdmin
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.panels import NOTHING, Panel, Row, Rows, link, make_panel
from apps.shared.ids import public_id
from apps.shared.money import Money
from apps.shared.schema import current_schema

_MOST_SHOWN = 200


class _HasDifferences(admin.SimpleListFilter):
    """Days on which we differ, or days on which we agree."""

    title = "differences"
    parameter_name = "differs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "some"), ("no", "none")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "yes":
            return queryset.filter(difference_count__gt=0)
        return queryset.filter(difference_count=0) if self.value() == "no" else queryset


class ReconciliationAdmin(ReadOnlyAdmin[Reconciliation]):
    """What each provider and we say of each day."""

    list_display = ["on", "provider", "difference_count", "run_at", "download_link"]
    list_filter = [_HasDifferences, "provider", "on"]
    fields = ["on", "provider", "difference_count", "run_at", "download_link"]

    @admin.display(description="CSV")
    def download_link(self, report: Reconciliation) -> SafeString:
        return link("Download", "admin:reconciliation_reconciliation_csv", report.pk)

    def get_urls(self) -> list[URLPattern]:
        """The download comes first: Django's own patterns take any path for an id."""
        download = self.admin_site.admin_view(self.download)
        name = "reconciliation_reconciliation_csv"
        return [path("<int:report_id>/csv/", download, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, report_id: int) -> HttpResponse:
        """The report as CSV, for staff who may see reports."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = selectors.report_of(reconciliation_id=report_id)
        if report is None:
            raise Http404
        target = io.StringIO()
        writer = csv.writer(target)
        writer.writerow(HEADINGS)
        writer.writerows(
            csv_rows(
                tenant=current_schema(),
                provider=report.provider,
                day=report.on.isoformat(),
                figures=balance.shown_figures(
                    report.figures, provider=report.provider, on=report.on
                ),
                differences=report.differences,
                lines=balance.lines_of_day(provider=report.provider, on=report.on),
            )
        )
        name = f"reconciliation-{report.provider}-{report.on}.csv"
        return HttpResponse(
            target.getvalue(),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )

    def get_panels(self, request: HttpRequest, obj: Reconciliation) -> list[Panel]:
        lines = balance.lines_of_day(provider=obj.provider, on=obj.on, most=_MOST_SHOWN + 1)
        return [
            make_panel("Sums", _sums(obj)),
            make_panel("Fees and payouts", _balances(obj)),
            make_panel("Differences", _differences(obj)),
            panel_of_lines("Each payment and refund", lines),
        ]


def panel_of_lines(title: str, lines: Iterable[BalanceLine]) -> Panel:
    """Entries of a balance, as many as fit on a page."""
    rows = [_line(one) for one in lines]
    note = "The CSV has the others." if len(rows) > _MOST_SHOWN else ""
    return make_panel(title, rows[:_MOST_SHOWN], note=note)


def _line(one: BalanceLine) -> Row:
    return {
        "What": one.kind.label,
        "Reference": one.reference,
        "Payment": _link("pay", "payments_paymentintent", one.payment_id),
        "Amount": Money(one.amount, one.currency),
        "Fee": _money(one.fee, one.currency),
        "Tax in it": Money(one.tax, one.currency),
        "Reached the balance": Money(one.amount - (one.fee or 0), one.currency),
        "Payout": payout_link(one),
        "When": one.at,
    }


def payout_link(one: BalanceLine) -> SafeString | str:
    """The payout that it is part of, if it is part of one by now."""
    if one.payout_id is None:
        return NOTHING
    return link(one.payout, "admin:reconciliation_payout_change", one.payout_id)


def _sums(report: Reconciliation) -> Rows:
    return [
        {
            "Currency": currency,
            "Taken at the provider": Money(sums["provider_captured"], currency),
            "Credited": Money(sums["credits"], currency),
            "Taken for no order": Money(sums["orphans_captured"], currency),
            "Given back at the provider": Money(sums["provider_refunded"], currency),
            "Debited": Money(sums["debits"], currency),
            "Given back of that": Money(sums["orphans_refunded"], currency),
        }
        for currency, sums in report.figures.items()
    ]


def _balances(report: Reconciliation) -> Rows:
    known = balance.shown_figures(report.figures, provider=report.provider, on=report.on)
    return [
        {
            "Currency": currency,
            "Fees of payments": Money(sums["fees"], currency),
            "Fees of refunds": Money(sums["refund_fees"], currency),
            "Tax in them": Money(sums["fee_tax"], currency),
            "Paid out": Money(sums["paid_out"], currency),
            "Known of that": Money(sums["paid_out_known"], currency),
        }
        for currency, sums in known.items()
    ]


def _differences(report: Reconciliation) -> Rows:
    return [
        {
            "What": one.get_kind_display(),
            "Reference": one.reference,
            "Provider": _money(one.provider_amount, one.currency),
            "Here": _money(one.local_amount, one.currency),
            "Payment": _link("pay", "payments_paymentintent", one.payment_id),
            "Refund": _link("ref", "refunds_refund", one.refund_id),
            "Came of it": one.outcome or NOTHING,
        }
        for one in report.differences.all()[:_MOST_SHOWN]
    ]


def _money(amount: int | None, currency: str) -> Money | str:
    return NOTHING if amount is None else Money(amount, currency)


def _link(prefix: str, page: str, key: Any) -> SafeString | str:
    return link(public_id(prefix, key), f"admin:{page}_change", key) if key else NOTHING


@index_card("Differences with providers", permission="reconciliation.view_reconciliation", place=46)
def open_differences() -> Card:
    """Of the last report of each day of the last ones shown. One statement."""
    latest: QuerySet[Reconciliation] = Reconciliation.objects.order_by("-on")[:7]
    found = sum(one.difference_count for one in latest)
    url = reverse("admin:reconciliation_reconciliation_changelist")
    return Card(str(found), hint="in the last seven reports", url=url, alarming=found > 0)
