from datetime import datetime
from typing import Any
from uuid import UUID

from apps.cart import selectors
from apps.cart.dto import Caller, CartDetail
from apps.cart.services._touch_cart import touch_cart
from apps.shared.db import owns_transaction
from apps.shipping import selectors as shipping


@owns_transaction
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
    cart = selectors.cart_for_update(cart_id=cart_id, caller=caller)
    if changes.get("shipping_method") is not None:
        method = shipping.active_method(method_id=changes["shipping_method"])
        changes = {**changes, "shipping_method": method}
    touch_cart(cart=cart, if_version=if_version, now=now, **changes)
    return selectors.detail_of(cart)
