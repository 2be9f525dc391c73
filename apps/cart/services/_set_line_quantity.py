from datetime import datetime
from uuid import UUID

from apps.cart.changing import changed
from apps.cart.dto import Caller, CartDetail
from apps.shared.api.tokens import token_opens
from apps.shared.db import owns_statement


@owns_statement
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
    return changed(
        "cart_set_quantity",
        cart_id,
        token_opens("cart", cart_id, caller.token),
        caller.customer_id,
        if_version,
        now,
        line_id,
        quantity,
    )
