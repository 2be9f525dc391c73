"""Everything that can happen to stock."""

from apps.inventory.services._adjust_stock import adjust_stock
from apps.inventory.services._count_first_stock import FirstCount, count_first_stock
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._follow_inventory_policy import follow_inventory_policy
from apps.inventory.services._import_product import ImportedProduct, import_product
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.services._receive_stock import receive_stock
from apps.inventory.services._release_stock import release_stock
from apps.inventory.services._reserve_stock import Demand, reserve_stock

__all__ = [
    "Demand",
    "FirstCount",
    "ImportedProduct",
    "Move",
    "adjust_stock",
    "count_first_stock",
    "ensure_stock_item",
    "follow_inventory_policy",
    "import_product",
    "move_stock",
    "receive_stock",
    "release_stock",
    "reserve_stock",
]
