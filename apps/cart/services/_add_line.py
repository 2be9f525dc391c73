from datetime import datetime
from uuid import UUID

from apps.cart.changing import changed
from apps.cart.dto import Caller, CartDetail
from apps.cart.limits import MAX_LINES, MAX_QUANTITY
from apps.shared.api.tokens import token_opens
from apps.shared.db import owns_statement
from apps.shared.ids import new_id


@owns_statement
def add_line(
    *,
    cart_id: UUID,
    caller: Caller,
    variant_id: UUID,
    quantity: int,
    if_version: int | None,
    now: datetime,
) -> CartDetail:
    """Put `quantity` of a variant in; more of one that is there already adds up in its line.

    The price is the server's, kept as it was when the line was last added to (CART-004, CART-008).

    Raises CartNotFound, CartCompleted, CartStale, CartTooLarge, VariantNotFound.
    """
    return changed(
        "cart_add_line",
        cart_id,
        token_opens("cart", cart_id, caller.token),
        caller.customer_id,
        if_version,
        now,
        new_id(),
        variant_id,
        quantity,
        MAX_LINES,
        MAX_QUANTITY,
    )
