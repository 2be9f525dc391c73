"""Reading stock."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Coalesce, Greatest

from apps.inventory.dto import Goods, StockSums, Trusted
from apps.inventory.errors import LocationNotFound
from apps.inventory.models import Location, Reservation, StockItem, StockMovement
from apps.shared.audit.record import Target
from apps.shared.mending import Difference


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


def goods_of_order(*, order_id: UUID) -> dict[UUID, Goods]:
    """Where the pieces of each line of an order are. One statement."""
    rows = (
        Reservation.objects.filter(order_id=order_id)
        .values_list("order_line_id")
        .annotate(
            held=Sum(F("quantity") - F("shipped") - F("released")),
            sent=Sum(F("shipped") - F("returned")),
        )
    )
    return {line_id: Goods(held=held, sent=sent) for line_id, held, sent in rows}


def stock_items_that_disagree() -> list[int]:
    """Keys of rows that are not Σ of their movements, or hold more or less than is held for
    orders (STOCK-004). One statement, so that no change is seen by half."""
    found = _with_sums(StockItem.objects.all()).exclude(
        Q(on_hand=F("moved_on_hand"), reserved=F("moved_reserved")) & Q(reserved=F("held"))
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def stock_sums(*, stock_item_id: int) -> StockSums:
    """What the row should be, by its movements and reservations. One statement: under the row's
    lock it sees all of them."""
    row = _with_sums(StockItem.objects.filter(pk=stock_item_id)).values_list(
        "moved_on_hand", "moved_reserved", "held"
    )
    on_hand, reserved, held = row.get()
    return StockSums(on_hand=on_hand, reserved=reserved, held=held)


def stock_item_by_key(*, stock_item_id: int) -> StockItem | None:
    """The row with what it is called."""
    rows = StockItem.objects.select_related("variant", "location")
    return rows.filter(pk=stock_item_id).first()


def difference_of_stock_item(
    *, item: StockItem, sums: StockSums, trusted: Trusted
) -> Difference | None:
    """What is wrong with a row, and what it should be; None when nothing is."""
    if (item.on_hand, item.reserved, item.reserved) == (sums.on_hand, sums.reserved, sums.held):
        return None
    on_hand = item.on_hand if trusted is Trusted.ROW else sums.on_hand
    return Difference(
        target=Target("stock_item", str(item.pk)),
        label=f"{item.variant.sku} at {item.location.name}",
        before={
            "on_hand": item.on_hand,
            "reserved": item.reserved,
            "moved_on_hand": sums.on_hand,
            "moved_reserved": sums.reserved,
            "held_for_orders": sums.held,
        },
        after={
            "on_hand": on_hand,
            "reserved": sums.held,
            "moved_on_hand": on_hand,
            "moved_reserved": sums.held,
            "held_for_orders": sums.held,
        },
        why=f"on hand: the {trusted.value}; reserved: what is held for orders",
    )


def _with_sums(items: QuerySet[Any]) -> QuerySet[Any]:
    moved = StockMovement.objects.filter(stock_item=OuterRef("pk")).order_by().values("stock_item")
    held = Reservation.objects.filter(stock_item=OuterRef("pk")).order_by().values("stock_item")
    still_open = F("quantity") - F("shipped") - F("released")
    with_sums: QuerySet[Any] = items.annotate(
        moved_on_hand=_or_0(moved.annotate(sum=Sum("on_hand_delta"))),
        moved_reserved=_or_0(moved.annotate(sum=Sum("reserved_delta"))),
        held=_or_0(held.annotate(sum=Sum(still_open))),
    )
    return with_sums


def _or_0(sums: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(sums.values("sum")), 0)


def pieces_moved_for(*, kind: str, ids: Collection[str]) -> dict[str, int]:
    """How many pieces were moved in the name of each of these references; others are left out."""
    rows = StockMovement.objects.filter(reference_type=kind, reference_id__in=ids).order_by()
    pieces = Sum(Greatest(Abs("on_hand_delta"), Abs("reserved_delta")))
    return dict(rows.values_list("reference_id").annotate(pieces=pieces))
