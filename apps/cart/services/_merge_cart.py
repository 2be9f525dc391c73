from collections import Counter
from datetime import datetime
from uuid import UUID

from apps.cart import selectors
from apps.cart.dto import Caller, MergedCart
from apps.cart.errors import CartNotFound
from apps.cart.merging import Capped, capped, merged_lines
from apps.cart.models import Cart, CartLine
from apps.cart.services._touch_cart import touch_cart
from apps.customers import selectors as customers
from apps.inventory import selectors as inventory
from apps.shared.db import owns_transaction

# What the customer's cart takes over where it has nothing of its own.
_TAKEN_OVER = ("email", "shipping_address", "billing_address", "shipping_method", "metadata")


@owns_transaction
def merge_cart(*, cart_id: UUID, caller: Caller, now: datetime) -> MergedCart:
    """Put a guest's cart into the signed-in customer's newest open one (CART-006).

    Quantities of the same variant add up, as far as there is stock and room; what was cut is told.
    Without an open cart, the guest's becomes the customer's. Its token opens nothing afterwards,
    and asking again changes nothing. Merges of one customer wait for each other, so that two guest
    carts at once do not both become the customer's cart.

    Raises CartNotFound, CartCompleted.
    """
    customer_id = caller.customer_id
    if customer_id is None:
        raise CartNotFound
    customers.customer_for_update(customer_id=customer_id)
    guest, into = selectors.carts_for_merge(cart_id=cart_id, caller=caller, customer_id=customer_id)
    if guest.customer_id is not None:
        return MergedCart(selectors.detail_of(guest.merged_into or guest))
    if into is None:
        touch_cart(cart=guest, if_version=None, now=now, customer_id=customer_id)
        return MergedCart(selectors.detail_of(guest))
    cut = _move_lines(guest, into)
    touch_cart(cart=into, if_version=None, now=now, **_missing_of(into, guest))
    touch_cart(cart=guest, if_version=None, now=now, customer_id=customer_id, merged_into=into)
    return MergedCart(selectors.detail_of(into), cut)


def _missing_of(into: Cart, guest: Cart) -> dict[str, object]:
    return {
        name: getattr(guest, name)
        for name in _TAKEN_OVER
        if getattr(guest, name) and not getattr(into, name)
    }


def _move_lines(guest: Cart, into: Cart) -> tuple[Capped, ...]:
    """As many statements for fifty lines as for one (CART-007)."""
    rows = selectors.lines_of(cart_ids=[guest.pk, into.pk])
    brought = {row.variant_id: row for row in rows if row.cart_id == guest.pk}
    held = {row.variant_id: row for row in rows if row.cart_id == into.pk}
    merged = merged_lines(
        brought={key: row.quantity for key, row in brought.items()},
        held={key: row.quantity for key, row in held.items()},
        available=Counter(inventory.available_quantities(variant_ids=brought)),
    )
    for one in merged:
        line = held.setdefault(one.variant_id, CartLine(cart=into, variant_id=one.variant_id))
        line.quantity = one.quantity
        # As when a line is added to: the price that was shown last (CART-008).
        line.unit_price_amount = brought[one.variant_id].unit_price_amount
    lines = [held[one.variant_id] for one in merged]
    kept = [line for line in lines if line.quantity]
    CartLine.objects.bulk_update(
        [line for line in kept if not line._state.adding], ["quantity", "unit_price_amount"]
    )
    CartLine.objects.bulk_create([line for line in kept if line._state.adding])
    gone = {line.pk for line in (*lines, *brought.values())} - {line.pk for line in kept}
    CartLine.objects.filter(pk__in=gone).delete()
    return capped(merged)
