from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.inventory.admin.move import move_view
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.shared.admin import people
from apps.shared.admin.bases import ReadOnlyAdmin
from apps.shared.admin.panels import Panel, Rows, link, make_panel
from apps.shared.ids import public_id, shown_id

SHOWN_MOVEMENTS = 50
SHOWN_RESERVATIONS = 50


class AvailabilityFilter(admin.SimpleListFilter):
    """What can be sold from the shelf, backorders aside."""

    title = "availability"
    parameter_name = "available"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "none left"), ("some", "some left")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockItem]) -> QuerySet[StockItem]:
        if self.value() == "none":
            return queryset.filter(on_hand__lte=F("reserved"))
        if self.value() == "some":
            return queryset.filter(on_hand__gt=F("reserved"))
        return queryset


class StockItemAdmin(ReadOnlyAdmin[StockItem]):
    """One variant at one location. “Receive or adjust” writes a movement; nothing else does."""

    change_list_template = "admin/galleria/stock_list.html"
    change_form_template = "admin/galleria/stock_item.html"
    list_display = ["sku", "product", "location", "on_hand", "reserved", "available"]
    list_filter = ["location", AvailabilityFilter]
    list_select_related = ["variant__product", "location"]
    search_fields = ["=variant__sku", "variant__product__title", "=variant__barcode"]
    search_help_text = "SKU, barcode or product"
    fields = [
        "variant_link",
        "product",
        "location",
        "on_hand",
        "reserved",
        "available",
        "backorder_limit",
        "updated_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockItem]:
        return super().get_queryset(request).select_related("variant__product", "location")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move)
        return [path("move/", view, name="inventory_stockitem_move"), *super().get_urls()]

    def move(self, request: HttpRequest) -> HttpResponse:
        """The form that receives and adjusts."""
        return move_view(self, request)

    def may_move(self, request: HttpRequest) -> bool:
        """The right to change stock items is the right to move stock."""
        return bool(request.user.has_perm("inventory.change_stockitem"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more = {**(extra_context or {}), "may_move": self.may_move(request)}
        return super().changelist_view(request, more)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_move"] = self.may_move(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def title_of(self, obj: StockItem) -> str:
        return f"{obj.variant.sku} at {obj.location.name}"

    @admin.display(description="SKU", ordering="variant__sku")
    def sku(self, item: StockItem) -> str:
        return item.variant.sku

    @admin.display(description="Variant")
    def variant_link(self, item: StockItem) -> SafeString:
        return link(item.variant.sku, "admin:catalog_variant_change", item.variant_id)

    @admin.display(description="Product", ordering="variant__product__title")
    def product(self, item: StockItem) -> str:
        return f"{item.variant.product.title} · {item.variant.title}"

    @admin.display(description="Available", ordering=F("on_hand") - F("reserved"))
    def available(self, item: StockItem) -> int:
        return item.available

    def get_panels(self, request: HttpRequest, obj: StockItem) -> list[Panel]:
        return [_held(obj), _movements(obj)]


def _held(item: StockItem) -> Panel:
    held: QuerySet[Reservation] = item.reservations.filter(
        quantity__gt=F("shipped") + F("released")
    ).order_by("-id")
    rows: Rows = [
        {
            "Order": _order_link(one.order_id),
            "Held": one.open_quantity,
            "Since": one.created_at,
        }
        for one in held[:SHOWN_RESERVATIONS]
    ]
    note = f"The newest {SHOWN_RESERVATIONS}." if len(rows) == SHOWN_RESERVATIONS else ""
    return make_panel("Held for orders", rows, note=note)


def _movements(item: StockItem) -> Panel:
    rows = [
        {
            "At": one.created_at,
            "Reason": one.get_reason_display(),
            "On hand": _signed(one.on_hand_delta),
            "Reserved": _signed(one.reserved_delta),
            "Reference": _reference(one),
            "By": people.name_of(one.actor),
        }
        for one in item.movements.order_by("-id")[:SHOWN_MOVEMENTS]
    ]
    if len(rows) < SHOWN_MOVEMENTS:
        return make_panel("Movements", rows)
    all_of_them = reverse("admin:inventory_stockmovement_changelist")
    note = format_html(
        'The newest {}. <a href="{}?stock_item__id__exact={}">All movements</a>',
        SHOWN_MOVEMENTS,
        all_of_them,
        item.pk,
    )
    return make_panel("Movements", rows, note=note)


def _order_link(order_id: UUID) -> SafeString:
    return link(public_id("ord", order_id), "admin:orders_order_change", order_id)


def _signed(delta: int) -> str:
    return f"{delta:+}" if delta else ""


def _reference(movement: StockMovement) -> str:
    if movement.reference_type == "order":
        shown = shown_id("order", movement.reference_id)
        return link(shown, "admin:orders_order_change", movement.reference_id)
    return f"{movement.reference_type} {movement.reference_id}"


class StockMovementAdmin(ReadOnlyAdmin[StockMovement]):
    """Every change of every stock item, newest first."""

    list_display = [
        "created_at",
        "reason",
        "sku",
        "location",
        "on_hand",
        "reserved",
        "reference",
        people.person_column("actor", "By"),
    ]
    list_filter = ["reason", "created_at", "stock_item__location"]
    list_select_related = ["stock_item__variant", "stock_item__location"]
    search_fields = ["=stock_item__variant__sku", "=reference_id", "=actor"]
    search_help_text = "SKU, reference or who did it"
    fields = [
        "created_at",
        "reason",
        "item",
        "on_hand",
        "reserved",
        "reference",
        people.person_column("actor", "By"),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockMovement], search_term: str
    ) -> tuple[QuerySet[StockMovement], bool]:
        """As Django's; who is called by name is found too."""
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        if actors := people.actors_called(search_term):
            found |= queryset.filter(actor__in=actors)
        return found, is_doubled

    @admin.display(description="Stock item")
    def item(self, movement: StockMovement) -> SafeString:
        item = movement.stock_item
        text = f"{item.variant.sku} at {item.location.name}"
        return link(text, "admin:inventory_stockitem_change", item.pk)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The page of a stock item links to its own movements."""
        return lookup == "stock_item__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="SKU", ordering="stock_item__variant__sku")
    def sku(self, movement: StockMovement) -> str:
        return movement.stock_item.variant.sku

    @admin.display(description="Location")
    def location(self, movement: StockMovement) -> str:
        return movement.stock_item.location.name

    @admin.display(description="On hand", empty_value="")
    def on_hand(self, movement: StockMovement) -> str:
        return _signed(movement.on_hand_delta)

    @admin.display(description="Reserved", empty_value="")
    def reserved(self, movement: StockMovement) -> str:
        return _signed(movement.reserved_delta)

    @admin.display(description="Reference")
    def reference(self, movement: StockMovement) -> str:
        return _reference(movement)
