from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Greatest

from apps.catalog import selectors as catalog
from apps.catalog.states import InventoryPolicy
from apps.inventory.models import StockItem
from apps.shared.db import joins_transaction
from apps.shop import selectors as shop


@joins_transaction
def follow_inventory_policy(*, variant_id: UUID) -> None:
    """Bring the floor under a variant's stock in line with its inventory policy (STOCK-006).

    What was promised below a floor that is taken away stays promised: the floor then is as low
    as the reservations, and no lower.
    Raises VariantNotFound.
    """
    promised = F("reserved") - F("on_hand")
    floor = 0
    if catalog.inventory_policy(variant_id=variant_id) == InventoryPolicy.CONTINUE:
        floor = shop.shop_settings().backorder_limit
    items = StockItem.objects.filter(variant_id=variant_id).order_by("pk")
    list(items.select_for_update(no_key=True).values_list("pk"))
    items.order_by().update(backorder_limit=Greatest(Value(floor), promised))
