from collections.abc import Mapping
from uuid import UUID

from apps.catalog.states import InventoryPolicy
from apps.inventory.models import StockItem
from apps.shared.db import joins_transaction
from apps.shop import selectors as shop


@joins_transaction
def start_stock_items(*, wanted: Mapping[tuple[UUID, UUID], InventoryPolicy]) -> None:
    """Make the stock items of these (variant, location) that there are none of, with nothing in
    them; two statements.

    Their floor follows the policy (STOCK-006), their threshold is the shop's. Somebody else may
    make the same ones at the same moment: both find them afterwards.
    """
    settings = shop.shop_settings()
    StockItem.objects.bulk_create(
        (
            StockItem(
                variant_id=variant_id,
                location_id=location_id,
                backorder_limit=(
                    settings.backorder_limit if policy == InventoryPolicy.CONTINUE else 0
                ),
                low_stock_threshold=settings.low_stock_threshold,
            )
            for (variant_id, location_id), policy in sorted(wanted.items())
        ),
        ignore_conflicts=True,
    )
