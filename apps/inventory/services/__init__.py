"""Everything that can happen to stock."""

from apps.inventory.services._adjust_stock import adjust_stock
from apps.inventory.services._count_first_stock import FirstCount, count_first_stock
from apps.inventory.services._count_stock import count_stock
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._follow_inventory_policy import follow_inventory_policy
from apps.inventory.services._import_product import ImportedProduct, import_product
from apps.inventory.services._mend_stock_item import mend_stock_item
from apps.inventory.services._move_held_stock import move_held_stock
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.services._receive_stock import receive_stock
from apps.inventory.services._release_line_stock import release_line_stock
from apps.inventory.services._release_stock import release_stock
from apps.inventory.services._reserve_stock import Demand, reserve_stock
from apps.inventory.services._return_stock import return_stock
from apps.inventory.services._ship_stock import ship_stock
from apps.inventory.services._start_stock_items import start_stock_items
from apps.inventory.services._sync_stock import sync_stock

__all__ = [
    "Demand",
    "FirstCount",
    "ImportedProduct",
    "Move",
    "adjust_stock",
    "count_first_stock",
    "count_stock",
    "ensure_stock_item",
    "follow_inventory_policy",
    "import_product",
    "mend_stock_item",
    "move_held_stock",
    "move_stock",
    "receive_stock",
    "release_line_stock",
    "release_stock",
    "reserve_stock",
    "return_stock",
    "ship_stock",
    "start_stock_items",
    "sync_stock",
]
