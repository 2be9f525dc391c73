from uuid import UUID

from apps.catalog import selectors as catalog
from apps.catalog.states import InventoryPolicy
from apps.inventory.errors import LocationNotFound
from apps.inventory.models import Location, StockItem
from apps.shared.db import joins_transaction
from apps.shop import selectors as shop


@joins_transaction
def ensure_stock_item(*, variant_id: UUID, location_id: UUID) -> bool:
    """Make the row for a variant at a location if there is none; True when it was made.

    Its floor follows the variant's inventory policy (STOCK-006), its threshold is the shop's.

    Raises VariantNotFound, LocationNotFound.
    """
    policy = catalog.inventory_policy(variant_id=variant_id)
    if not Location.objects.filter(pk=location_id).exists():
        raise LocationNotFound
    settings = shop.shop_settings()
    _, made = StockItem.objects.get_or_create(
        variant_id=variant_id,
        location_id=location_id,
        defaults={
            "backorder_limit": (
                settings.backorder_limit if policy == InventoryPolicy.CONTINUE else 0
            ),
            "low_stock_threshold": settings.low_stock_threshold,
        },
    )
    return made
