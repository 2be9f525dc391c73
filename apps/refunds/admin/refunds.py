from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.payments import selectors as payments
from apps.refunds import selectors
from apps.refunds.admin.views import DECISIONS, cancel_order_view, decide_view, request_view
from apps.refunds.models import Refund
from apps.refunds.states import RefundFlag, RefundStatus
from apps.shared.admin import people
from apps.shared.admin.bases import ReadOnlyAdmin, money_column, short_id
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.panels import Panel, Rows, link, make_panel, order_panel
from apps.shared.ids import parse_public_id, public_id
from apps.shared.money import Money

_OPEN_TO = {
    RefundStatus.REQUESTED: ("approve", "reject", "cancel"),
    RefundStatus.FAILED: ("retry",),
}


class RefundAdmin(ReadOnlyAdmin[Refund]):
    """Every attempt to give money back, with its history (REF-008)."""

    change_form_template = "admin/galleria/decisions.html"
    list_display = [
        short_id,
        "status",
        money_column("amount", "Amount"),
        "reason",
        people.person_column("requested_by", "Asked by"),
        "flag",
        "created_at",
    ]
    list_filter = [
        "status",
        "source",
        "is_orphan",
        "reason",
        ("flag", admin.EmptyFieldListFilter),
        "created_at",
    ]
    search_fields = ["=provider_reference", "=requested_by"]
    search_help_text = "Id (ref_…), order id (ord_…), the provider's reference or who asked"
    fields = [
        "public_id",
        "order",
        "status",
        money_column("amount", "Amount"),
        money_column("tax_amount", "Tax in it"),
        money_column("shipping_amount", "Of the shipping"),
        money_column("other_amount", "Besides"),
        "reason",
        "note",
        "source",
        "cancels_order",
        "is_orphan",
        "retry_of",
        people.person_column("requested_by", "Asked by"),
        people.person_column("approved_by", "Approved by"),
        "decided_at",
        "provider_reference",
        "failure_code",
        "attempts",
        "asked_at",
        "flag",
        "reversed_at",
        "created_at",
        "updated_at",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Refund], search_term: str
    ) -> tuple[QuerySet[Refund], bool]:
        order_id = parse_public_id("ord", search_term.strip())
        if order_id is not None:
            return queryset.filter(order_id=order_id), False
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        if actors := people.actors_called(search_term):
            found |= queryset.filter(requested_by__in=actors)
        return found, is_doubled

    def get_urls(self) -> list[URLPattern]:
        """Ours come first: Django's own patterns take any path for an id."""
        wrap = self.admin_site.admin_view
        decisions = [
            path(
                f"<uuid:refund_id>/{one}/",
                wrap(self.decide),
                {"decision": one},
                name=f"refunds_refund_{one}",
            )
            for one in DECISIONS
        ]
        return [
            path("request/<uuid:order_id>/", wrap(self.ask), name="refunds_refund_request"),
            path(
                "cancel-order/<uuid:order_id>/",
                wrap(self.cancel_order),
                name="refunds_refund_cancel_order",
            ),
            *decisions,
            *super().get_urls(),
        ]

    def ask(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return request_view(self, request, order_id)

    def cancel_order(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return cancel_order_view(self, request, order_id)

    def decide(self, request: HttpRequest, refund_id: UUID, decision: str) -> HttpResponse:
        return decide_view(self, request, refund_id, decision)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        refund = kwargs.get("obj")
        context["decisions"] = _decisions(refund, request) if refund else []
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Order")
    def order(self, refund: Refund) -> SafeString:
        return link(public_id("ord", refund.order_id), "admin:orders_order_change", refund.order_id)

    def get_panels(self, request: HttpRequest, obj: Refund) -> list[Panel]:
        return [make_panel("Lines", _lines(obj)), make_panel("History", _history(obj))]


def _decisions(refund: Refund, request: HttpRequest) -> list[tuple[str, str]]:
    """The steps that are open now to this person: title and address."""
    open_to = list(_OPEN_TO.get(RefundStatus(refund.status), ()))
    if refund.reversed_at:
        open_to.append("retry")
    if refund.flag == RefundFlag.REVERSED:
        open_to.append("clear")
    is_done = refund.status == RefundStatus.SUCCEEDED and not refund.is_orphan
    if is_done and selectors.undecided_lines(refund=refund):
        open_to.append("goods")
    return [
        (DECISIONS[one][1], reverse(f"admin:refunds_refund_{one}", args=[refund.pk]))
        for one in open_to
        if request.user.has_perm(DECISIONS[one][0])
    ]


def _lines(refund: Refund) -> Rows:
    return [
        {
            "Line": public_id("oli", line.order_line_id),
            "Pieces": line.quantity,
            "Amount": Money(line.amount, refund.currency),
            "Goods": line.get_restock_display(),
        }
        for line in refund.lines.all()
    ]


def _history(refund: Refund) -> Rows:
    return [
        {"At": one.at, "Step": one.step, "By": people.name_of(one.actor), "Why": one.why}
        for one in refund.events.all()
    ]


@order_panel("Refunds", permission="refunds.view_refund")
def refunds_of_order(order_id: UUID) -> Rows:
    """Every attempt, oldest first, and the way to a new one."""
    rows: list[dict[str, object]] = [
        {
            "Refund": link(refund.public_id, "admin:refunds_refund_change", refund.pk),
            "Status": refund.get_status_display(),
            "Amount": Money(refund.amount, refund.currency),
            "Asked by": people.name_of(refund.requested_by),
            "Look at": refund.get_flag_display(),
        }
        for refund in Refund.objects.filter(order_id=order_id).order_by("id")
    ]
    # Whether it can be refunded now is for the service to say.
    if payments.captured_intent(order_id=order_id) is not None:
        rows.append(
            {
                "Refund": link("Request a refund", "admin:refunds_refund_request", order_id),
                "Status": link("Cancel the order", "admin:refunds_refund_cancel_order", order_id),
                "Amount": "",
                "Asked by": "",
                "Look at": "",
            }
        )
    return rows


@index_card("Refunds to decide", permission="refunds.view_refund", place=40)
def waiting_refunds() -> Card:
    """Refunds over the threshold wait for a second person. One count over an index."""
    waiting = Refund.objects.filter(status=RefundStatus.REQUESTED).count()
    url = f"{reverse('admin:refunds_refund_changelist')}?status__exact=requested"
    return Card(str(waiting), hint="wait for a second person", url=url, alarming=waiting > 0)
