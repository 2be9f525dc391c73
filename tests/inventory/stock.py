"""Moving stock in tests, and what must be true of it afterwards."""

from datetime import UTC, datetime
from uuid import UUID

from apps.catalog.models import Variant
from apps.inventory import services
from apps.inventory.models import StockItem
from apps.inventory.services import Demand
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def demand(variant: Variant, quantity: int) -> Demand:
    return Demand(new_id(), variant.product_id, variant.pk, quantity)


@owns_transaction
def reserve(order_id: UUID, *demands: Demand) -> None:
    services.reserve_stock(order_id=order_id, demands=list(demands), now=NOW)


@owns_transaction
def release(order_id: UUID) -> int:
    return services.release_stock(order_id=order_id, now=NOW)


def figures(variant: Variant) -> tuple[int, int, int]:
    item = StockItem.objects.get(variant=variant)
    return item.on_hand, item.reserved, item.available


def assert_movements_add_up() -> None:
    """STOCK-004, INV 1: Σ movements = the row; reserved = open reservations."""
    for item in StockItem.objects.prefetch_related("movements", "reservations"):
        moves = list(item.movements.all())
        assert sum(move.on_hand_delta for move in moves) == item.on_hand
        assert sum(move.reserved_delta for move in moves) == item.reserved
        assert sum(one.open_quantity for one in item.reservations.all()) == item.reserved
