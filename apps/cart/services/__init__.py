"""Everything that can happen to a cart."""

from apps.cart.services._add_line import add_line
from apps.cart.services._complete_cart import complete_cart
from apps.cart.services._create_cart import create_cart
from apps.cart.services._expire_carts import expire_carts
from apps.cart.services._merge_cart import merge_cart
from apps.cart.services._set_line_quantity import set_line_quantity
from apps.cart.services._touch_cart import touch_cart
from apps.cart.services._update_cart import update_cart

__all__ = [
    "add_line",
    "complete_cart",
    "create_cart",
    "expire_carts",
    "merge_cart",
    "set_line_quantity",
    "touch_cart",
    "update_cart",
]
