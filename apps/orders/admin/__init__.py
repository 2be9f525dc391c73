"""Orders: shown, never edited. What happens to an order is a service's work (ORDER-005); the steps
that people take have buttons of their own."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.orders.admin.steps import offered_steps, step_view
from apps.orders.models import Order
from apps.orders.states import OrderStatus
from apps.shared.admin import people
from apps.shared.admin.addresses import address_lines
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.cards import Card, index_card, index_panel
from apps.shared.admin.panels import NOTHING, Panel, Rows, link, make_panel, panels_of_order
from apps.shared.money import Money

_LATEST = 10


class OrderAdmin(ReadOnlyAdmin[Order]):
    """One order on one page: lines, what other apps know of it, and its timeline."""

    change_form_template = "admin/galleria/steps.html"

    list_display = [
        "number",
        "status",
        "email",
        money_column("total_amount", "Total"),
        "placed_at",
        "paid_at",
    ]
    list_filter = ["status", "payment_status", "fulfillment_status", "placed_at"]
    search_fields = ["=number", "email", "=lines__sku"]
    search_help_text = "Number, id (ord_…), e-mail address or SKU"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "payment_status", "fulfillment_status"),
                    ("number", "public_id"),
                    ("placed_at", "paid_at"),
                    ("expires_at", "closed_at"),
                ]
            },
        ),
        (
            "Totals",
            {
                "fields": [
                    (
                        money_column("subtotal_amount", "Subtotal"),
                        money_column("discount_amount", "Discount"),
                        money_column("shipping_amount", "Shipping"),
                    ),
                    (
                        money_column("tax_amount", "Tax"),
                        money_column("total_amount", "Total"),
                        money_column("included_tax_amount", "Tax in the prices"),
                    ),
                    (
                        money_column("reduction_amount", "Not charged"),
                        money_column("due_amount", "Charged"),
                    ),
                ]
            },
        ),
        (
            "Customer",
            {"fields": [("email", "customer"), ("ship_to", "bill_to", "sent_by")]},
        ),
        ("Metadata", {"fields": ["metadata"], "classes": ["collapse"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_step)
        own = path("<uuid:order_id>/step/<slug:name>/", view, name="orders_order_step")
        return [own, *super().get_urls()]

    def take_step(self, request: HttpRequest, order_id: UUID, name: str) -> HttpResponse:
        """Pack, ship, deliver, hand over or cancel."""
        return step_view(self, request, order_id, name)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (order := kwargs.get("obj")) is not None:
            context["steps"] = list(offered_steps(request, order))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Ship to")
    def ship_to(self, order: Order) -> SafeString | str:
        return address_lines(order.shipping_address) or NOTHING

    @admin.display(description="Bill to")
    def bill_to(self, order: Order) -> SafeString | str:
        return address_lines(order.billing_address) or NOTHING

    @admin.display(description="Shipping method")
    def sent_by(self, order: Order) -> str:
        return str(order.shipping_method.get("name") or NOTHING)

    def get_panels(self, request: HttpRequest, obj: Order) -> list[Panel]:
        return [
            make_panel("Lines", _lines(obj)),
            *panels_of_order(obj.pk, request.user),
            make_panel("Shipments", _shipments(obj)),
            make_panel("Timeline", _timeline(obj)),
        ]


def _lines(order: Order) -> Rows:
    return [
        {
            "SKU": link(line.sku, "admin:catalog_variant_change", line.variant_id),
            "Product": line.title,
            "Variant": line.variant_title,
            "Quantity": line.quantity,
            "Unit price": Money(line.unit_price_amount, order.currency),
            "Discount": Money(line.discount_amount, order.currency),
            "Total": Money(line.total_amount, order.currency),
        }
        for line in order.lines.all()
    ]


def _timeline(order: Order) -> Rows:
    return [
        {
            "At": step.at,
            "From": step.source,
            "To": step.target,
            "Step": step.step,
            "By": people.name_of(step.actor),
            "Reason": step.reason,
        }
        for step in order.transitions.all()
    ]


def _shipments(order: Order) -> Rows:
    return [
        {
            "Shipped": parcel.shipped_at,
            "Carrier": parcel.carrier,
            "Tracking": parcel.tracking_number,
            "Goods": ", ".join(
                f"{line.quantity} × {line.order_line.sku}" for line in parcel.lines.all()
            ),
        }
        for parcel in order.shipments.prefetch_related("lines__order_line")
    ]


@index_card("To pack", permission="orders.view_order", place=10)
def paid_orders() -> Card:
    """Paid orders are what people wait for. One count over an index."""
    return _card(OrderStatus.PAID, hint="paid, not packed yet")


@index_card("Awaiting payment", permission="orders.view_order", place=20)
def unpaid_orders() -> Card:
    """Orders that hold stock and are not paid."""
    return _card(OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT, hint="expire if nobody pays")


def _card(*statuses: OrderStatus, hint: str) -> Card:
    url = f"{reverse('admin:orders_order_changelist')}?status__in={','.join(statuses)}"
    return Card(str(Order.objects.filter(status__in=statuses).count()), hint=hint, url=url)


@index_panel("Latest orders", permission="orders.view_order")
def latest_orders() -> Rows:
    """The newest few, by primary key."""
    orders = Order.objects.order_by("-id")[:_LATEST]
    return [
        {
            "Order": link(order.number, "admin:orders_order_change", order.pk),
            "Status": order.get_status_display(),
            "Customer": order.email,
            "Total": Money(order.total_amount, order.currency),
            "Placed": order.placed_at,
        }
        for order in orders
    ]


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Order, OrderAdmin)
