"""Everything that can happen to stock."""

from apps.inventory.services._adjust_stock import adjust_stock
from apps.inventory.services._ensure_stock_item import ensure_stock_item
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.services._receive_stock import receive_stock
from apps.inventory.services._release_stock import release_stock
from apps.inventory.services._reserve_stock import Demand, reserve_stock

__all__ = [
    "Demand",
    "Move",
    "adjust_stock",
    "ensure_stock_item",
    "move_stock",
    "receive_stock",
    "release_stock",
    "reserve_stock",
]
