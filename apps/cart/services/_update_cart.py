from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from apps.cart.changing import changed
from apps.cart.dto import Caller, CartDetail
from apps.shared.api.tokens import token_opens
from apps.shared.db import owns_statement


@owns_statement
def update_cart(
    *,
    cart_id: UUID,
    caller: Caller,
    changes: dict[str, Any],
    if_version: int | None,
    now: datetime,
) -> CartDetail:
    """Set e-mail, addresses, shipping method or metadata; what `changes` lacks stays.

    `shipping_method` is an id, or None to choose none.

    Raises CartNotFound, CartCompleted, CartStale, ShippingMethodNotFound.
    """
    return changed(
        "cart_update",
        cart_id,
        token_opens("cart", cart_id, caller.token),
        caller.customer_id,
        if_version,
        now,
        orjson.dumps(changes).decode(),
    )
