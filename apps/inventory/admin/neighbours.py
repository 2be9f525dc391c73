"""What stock adds to the pages of the catalogue, of orders, and to the overview."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.inventory import services
from apps.inventory.models import Reservation, StockItem
from apps.shared.admin.cards import Card, index_card
from apps.shared.admin.columns import extra_columns
from apps.shared.admin.follow_ups import follows
from apps.shared.admin.panels import Rows, link, order_panel


def _sum(expression: Any, *, per: str) -> Coalesce:
    """The sum over the stock items of a row; 0 when it has none."""
    items = StockItem.objects.filter(**{per: OuterRef("pk")}).order_by().values(per)
    total = items.annotate(total=Sum(expression)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


@extra_columns(
    "catalog.variant",
    {"stock_on_hand": "On hand", "stock_reserved": "Reserved", "stock_available": "Available"},
)
def with_stock(variants: Any) -> Any:
    """Sums over all locations."""
    return variants.annotate(
        stock_on_hand=_sum("on_hand", per="variant"),
        stock_reserved=_sum("reserved", per="variant"),
        stock_available=_sum(F("on_hand") - F("reserved"), per="variant"),
    )


@extra_columns("catalog.product", {"stock_available": "Available"})
def with_available(products: Any) -> Any:
    """The sum over all variants and locations."""
    available = _sum(F("on_hand") - F("reserved"), per="variant__product")
    return products.annotate(stock_available=available)


@follows("catalog.variant")
def move_the_floor(variant: Any, changed: Collection[str]) -> None:
    """How far below zero a variant may be sold depends on its policy (STOCK-006)."""
    if "inventory_policy" in changed:
        services.follow_inventory_policy(variant_id=variant.pk)


@order_panel("Stock held", permission="inventory.view_reservation")
def reservations_of_order(order_id: UUID) -> Rows:
    """From where each line is taken."""
    held = Reservation.objects.filter(order_id=order_id).select_related(
        "stock_item__variant", "stock_item__location"
    )
    return [
        {
            "SKU": link(
                one.stock_item.variant.sku,
                "admin:inventory_stockitem_change",
                one.stock_item_id,
            ),
            "Location": one.stock_item.location.name,
            "Quantity": one.quantity,
            "Shipped": one.shipped,
            "Released": one.released,
            "Still held": one.open_quantity,
        }
        for one in held.order_by("id")
    ]


@index_card("Out of stock", permission="inventory.view_stockitem", place=30)
def items_out_of_stock() -> Card:
    """Stock items with nothing left to sell from the shelf."""
    count = StockItem.objects.filter(on_hand__lte=F("reserved")).count()
    url = f"{reverse('admin:inventory_stockitem_changelist')}?available=none"
    return Card(str(count), hint="stock items with none left", url=url, alarming=count > 0)
