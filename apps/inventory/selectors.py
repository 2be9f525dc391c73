"""Reading stock."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Sum

from apps.inventory.errors import LocationNotFound
from apps.inventory.models import Location, Reservation, StockItem


def available_quantities(*, variant_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many of each variant can be sold now, backorders included. One statement."""
    rows = (
        StockItem.objects.filter(variant_id__in=variant_ids, location__is_active=True)
        .values_list("variant_id")
        .annotate(sellable=Sum(F("on_hand") - F("reserved") + F("backorder_limit")))
    )
    return {variant_id: max(sellable, 0) for variant_id, sellable in rows}


def default_location() -> Location:
    """The location that comes first. Raises LocationNotFound when the shop has no active one."""
    found = Location.objects.filter(is_active=True).order_by("priority", "id").first()
    if found is None:
        raise LocationNotFound
    return found


def location_named(*, name: str) -> Location:
    """An active location by its name. Raises LocationNotFound."""
    found = Location.objects.filter(is_active=True, name=name).first()
    if found is None:
        raise LocationNotFound(f"There is no location “{name}”.", location=name)
    return found


def location_ids(*, names: Collection[str]) -> dict[str, UUID]:
    """Active locations by name; unknown names are left out."""
    found = Location.objects.filter(is_active=True, name__in=names)
    return dict(found.values_list("name", "id"))


def stock_item_keys(
    *, variant_ids: Collection[UUID], location_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], int]:
    """The primary keys of stock items by (variant, location). One statement."""
    rows = StockItem.objects.filter(variant_id__in=variant_ids, location_id__in=location_ids)
    return {
        (variant_id, location_id): key
        for key, variant_id, location_id in rows.values_list("pk", "variant_id", "location_id")
    }


def stock_items_by_key_for_update(*, keys: Collection[int]) -> dict[int, StockItem]:
    """These rows, locked in primary-key order (STOCK-002)."""
    items = StockItem.objects.select_for_update(no_key=True).filter(pk__in=keys)
    return {item.pk: item for item in items.order_by("pk")}


def stock_item_for_update(*, variant_id: UUID, location_id: UUID) -> StockItem:
    """The row, locked."""
    return StockItem.objects.select_for_update(of=("self",), no_key=True).get(
        variant_id=variant_id, location_id=location_id
    )


def stock_items_for_update(*, variant_ids: Collection[UUID]) -> list[StockItem]:
    """The rows of these variants at active locations, locked in primary-key order (STOCK-002)."""
    return list(
        StockItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("location")
        .filter(variant_id__in=variant_ids, location__is_active=True)
        .order_by("pk")
    )


def reservations_for_update(*, order_id: UUID) -> list[Reservation]:
    """All that was held for an order, with its stock rows, locked in primary-key order.

    In the order in which they were made, which is that of the locations' priority.
    """
    ours = Reservation.objects.filter(order_id=order_id)
    locked = StockItem.objects.select_for_update(no_key=True).filter(
        pk__in=ours.values("stock_item_id")
    )
    items = {item.pk: item for item in locked.order_by("pk")}
    found = list(ours.select_for_update().order_by("pk"))
    for one in found:
        one.stock_item = items[one.stock_item_id]
    return found


def open_quantities(*, order_id: UUID) -> dict[UUID, int]:
    """How much of each line of an order is still held: neither shipped nor released."""
    rows = (
        Reservation.objects.filter(order_id=order_id, quantity__gt=F("shipped") + F("released"))
        .values_list("order_line_id")
        .annotate(open=Sum(F("quantity") - F("shipped") - F("released")))
    )
    return dict(rows)
