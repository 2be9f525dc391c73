"""Carts: what people may be about to buy. Shown, never edited."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.cart.models import Cart, CartLine
from apps.shared.admin.addresses import address_lines
from apps.shared.admin.bases import ReadOnlyAdmin, money_column, short_id
from apps.shared.admin.panels import Panel, Rows, link, make_panel
from apps.shared.money import Money


class CartAdmin(ReadOnlyAdmin[Cart]):
    """A cart and its lines, at the prices that were shown when they were put in."""

    list_display = [
        short_id,
        "buyer",
        "line_count",
        money_column("goods_amount", "Goods"),
        "updated_at",
        "completed_at",
    ]
    list_filter = [("completed_at", admin.EmptyFieldListFilter), "updated_at"]
    list_select_related = ["customer"]
    search_fields = ["email", "customer__email"]
    search_help_text = "E-mail address or id (cart_…)"
    fields = [
        "public_id",
        "customer",
        "email",
        "ship_to",
        "bill_to",
        "shipping_method",
        "created_at",
        "updated_at",
        "completed_at",
        "merged_into",
        "version",
        "metadata",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        # Subqueries: a join and GROUP BY would add up every cart of the shop for each page.
        lines = CartLine.objects.filter(cart=OuterRef("pk")).order_by().values("cart")
        goods = Sum(F("quantity") * F("unit_price_amount"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                lines_=Subquery(lines.values(n=Count("*"))),
                goods_amount=Subquery(lines.values(n=goods)),
            )
        )

    @admin.display(description="Buyer", empty_value="guest")
    def buyer(self, cart: Cart) -> str | None:
        return (cart.customer.email if cart.customer else cart.email) or None

    @admin.display(description="Lines")
    def line_count(self, cart: Any) -> int:
        return cart.lines_ or 0

    @admin.display(description="Ship to")
    def ship_to(self, cart: Cart) -> SafeString | str:
        return address_lines(cart.shipping_address)

    @admin.display(description="Bill to")
    def bill_to(self, cart: Cart) -> SafeString | str:
        return address_lines(cart.billing_address)

    def get_panels(self, request: HttpRequest, obj: Cart) -> list[Panel]:
        return [make_panel("Lines", _lines(obj))]


def _lines(cart: Cart) -> Rows:
    return [
        {
            "SKU": link(line.variant.sku, "admin:catalog_variant_change", line.variant_id),
            "Product": line.variant.product.title,
            "Variant": line.variant.title,
            "Quantity": line.quantity,
            "Price when added": Money(line.unit_price_amount, cart.currency),
            "Price now": Money(line.variant.price_amount, line.variant.currency),
        }
        for line in cart.lines.select_related("variant__product")
    ]


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Cart, CartAdmin)
