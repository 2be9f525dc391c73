from datetime import datetime
from uuid import UUID

from apps.cart import selectors
from apps.cart.dto import Caller, CartDetail
from apps.cart.errors import CartTooLarge
from apps.cart.limits import MAX_LINES, MAX_QUANTITY
from apps.cart.models import CartLine
from apps.cart.services._touch_cart import touch_cart
from apps.catalog import selectors as catalog
from apps.shared.db import owns_transaction


@owns_transaction
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
    cart = selectors.cart_for_update(cart_id=cart_id, caller=caller)
    variant = catalog.sellable_variant(variant_id=variant_id)
    lines = {line.variant_id: line for line in selectors.lines_of(cart_ids=[cart.pk])}
    if variant_id not in lines and len(lines) >= MAX_LINES:
        raise CartTooLarge(lines=MAX_LINES)
    line = lines.get(variant_id) or CartLine(cart=cart, variant_id=variant_id, quantity=0)
    line.quantity += quantity
    if line.quantity > MAX_QUANTITY:
        raise CartTooLarge(variant=f"var_{variant_id.hex}", quantity=line.quantity)
    line.unit_price_amount = variant.price_amount
    line.save()
    touch_cart(cart=cart, if_version=if_version, now=now)
    return selectors.detail_of(cart)
