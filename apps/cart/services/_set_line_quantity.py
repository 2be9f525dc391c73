from datetime import datetime
from uuid import UUID

from apps.cart import selectors
from apps.cart.dto import Caller, CartDetail
from apps.cart.errors import CartLineNotFound
from apps.cart.services._touch_cart import touch_cart
from apps.shared.db import owns_transaction


@owns_transaction
def set_line_quantity(
    *,
    cart_id: UUID,
    caller: Caller,
    line_id: UUID,
    quantity: int,
    if_version: int | None,
    now: datetime,
) -> CartDetail:
    """Set a line's quantity; 0 removes the line.

    Raises CartNotFound, CartCompleted, CartStale, CartLineNotFound.
    """
    cart = selectors.cart_for_update(cart_id=cart_id, caller=caller)
    line = cart.lines.filter(pk=line_id).first()
    if line is None:
        raise CartLineNotFound
    if quantity:
        line.quantity = quantity
        line.save(update_fields=["quantity"])
    else:
        line.delete()
    touch_cart(cart=cart, if_version=if_version, now=now)
    return selectors.detail_of(cart)
