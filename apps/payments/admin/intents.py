from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.payments import services
from apps.payments.admin.captures import (
    CAPTURE,
    TITLE,
    capture_offered,
    capture_view,
    captures_of,
)
from apps.payments.errors import CaptureUnderWay, NotAuthorized
from apps.payments.gateways import provider_title
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shared.admin.bases import ReadOnlyAdmin, money_column, short_id
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.panels import Panel, Rows, link, make_panel, order_panel
from apps.shared.ids import parse_public_id, public_id
from apps.shared.money import Money


class PaymentIntentAdmin(ReadOnlyAdmin[PaymentIntent]):
    """Attempts to collect money. Only a provider's word changes one (ORDER-005).

    What the client got opens the payment to whoever has it: it is neither read nor shown.
    """

    change_form_template = "admin/galleria/decisions.html"
    list_display = [
        short_id,
        "status",
        money_column("amount", "Amount"),
        "provider",
        "provider_reference",
        "flag",
        "resolved_at",
        "created_at",
    ]
    list_filter = [
        "status",
        "provider",
        ("flag", admin.EmptyFieldListFilter),
        ("resolved_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    search_fields = ["=provider_reference"]
    search_help_text = "Id (pay_…), order id (ord_…) or the provider's reference"
    fields = [
        "public_id",
        "order",
        "status",
        money_column("amount", "Amount"),
        money_column("amount_capturable", "Agreed, not taken"),
        money_column("amount_captured", "Taken"),
        money_column("amount_released", "Agreed, never taken"),
        "provider",
        "provider_reference",
        "failure_code",
        "failure_message",
        "flag",
        "resolved_at",
        "asked_at",
        "created_at",
        "updated_at",
    ]

    actions = ["capture"]

    def has_capture_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(CAPTURE))

    def get_urls(self) -> list[URLPattern]:
        """Ours comes first: Django's own patterns take any path for an id."""
        view = self.admin_site.admin_view(self.capture_one)
        own = path("<uuid:intent_id>/capture/", view, name="payments_paymentintent_capture")
        return [own, *super().get_urls()]

    def capture_one(self, request: HttpRequest, intent_id: UUID) -> HttpResponse:
        return capture_view(self, request, intent_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        intent = kwargs.get("obj")
        context["decisions"] = capture_offered(request, intent) if intent else []
        return super().render_change_form(request, context, *args, **kwargs)

    def get_panels(self, request: HttpRequest, obj: PaymentIntent) -> list[Panel]:
        return [make_panel("Captures asked for", captures_of(obj))]

    @admin.action(description=TITLE, permissions=["capture"])
    def capture(self, request: HttpRequest, queryset: QuerySet[PaymentIntent]) -> None:
        """All of each of them, on record; a worker asks the provider."""
        asked = refused = 0
        for intent_id in queryset.values_list("pk", flat=True):
            try:
                services.ask_for_capture(intent_id=intent_id, now=clock.now())
                asked += 1
            except (NotAuthorized, CaptureUnderWay):
                refused += 1
        told = f"{asked} will be taken." + f" {refused} have nothing to take." * bool(refused)
        messages.add_message(request, messages.SUCCESS if asked else messages.WARNING, told)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentIntent]:
        return super().get_queryset(request).defer("client")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentIntent], search_term: str
    ) -> tuple[QuerySet[PaymentIntent], bool]:
        order_id = parse_public_id("ord", search_term.strip())
        if order_id is not None:
            return queryset.filter(order_id=order_id), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Order")
    def order(self, intent: PaymentIntent) -> SafeString:
        order_id: Any = intent.order_id
        return link(public_id("ord", order_id), "admin:orders_order_change", order_id)


@order_panel("Payments", permission="payments.view_paymentintent")
def payments_of_order(order_id: UUID) -> Rows:
    """Every attempt to collect the order's total, oldest first."""
    intents = PaymentIntent.objects.filter(order_id=order_id).defer("client")
    return [
        {
            "Payment": link(intent.public_id, "admin:payments_paymentintent_change", intent.pk),
            "Status": intent.get_status_display(),
            "Amount": Money(intent.amount, intent.currency),
            "Taken": Money(intent.amount_captured, intent.currency),
            "Provider": provider_title(intent.provider),
            "Reference": intent.provider_reference,
            "Failure": intent.failure_message or intent.failure_code,
            "Look at": intent.flag,
            "Started": intent.created_at,
        }
        for intent in intents.order_by("id")
    ]


@index_card("Money without an order", permission="payments.view_paymentintent", place=45)
def orphan_payments() -> Card:
    """Payments that took money no order could take, and have not given it back yet (PAY-008)."""
    waiting = PaymentIntent.objects.exclude(flag="").filter(resolved_at=None).count()
    changelist = reverse("admin:payments_paymentintent_changelist")
    return Card(
        str(waiting),
        hint="is being given back",
        url=f"{changelist}?flag__isempty=0&resolved_at__isempty=1",
        alarming=waiting > 0,
    )
