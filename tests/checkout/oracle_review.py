"""What a cart must be like to become an order."""

from apps.cart.dto import CartDetail
from apps.cart.errors import CartEmpty, CartIncomplete
from apps.checkout.errors import NotForSale, PriceChanged
from apps.shared.ids import public_id
from apps.shared.money import Money


def refuse_incomplete(cart: CartDetail) -> None:
    """Raises CartEmpty (CART-002), CartIncomplete naming what is missing, NotForSale."""
    if not cart.lines:
        raise CartEmpty
    needed: dict[str, object] = {"email": cart.email}
    if cart.requires_shipping:
        needed |= {
            "shipping_address": cart.shipping_address,
            "shipping_method": cart.shipping_method,
        }
    if missing := [name for name, value in needed.items() if not value]:
        raise CartIncomplete(f"Still missing: {', '.join(missing)}.", missing=missing)
    if gone := [public_id("var", line.variant_id) for line in cart.lines if not line.is_for_sale]:
        raise NotForSale(variants=gone)


def refuse_unseen_prices(cart: CartDetail, *, expected_total: Money | None) -> None:
    """A price that moved since it was shown is not charged unseen (CART-008).

    Sending the total that was shown accepts it; a total that is not today's is refused always.

    Raises PriceChanged with the lines' old and new prices and the total of now.
    """
    total = Money(cart.totals.total, cart.currency)
    changed = [line for line in cart.lines if line.unit_price != line.unit_price_when_added]
    if expected_total == total or (expected_total is None and not changed):
        return
    raise PriceChanged(
        total=total.as_json(),
        lines=[
            {
                "line": public_id("cli", line.id),
                "variant": public_id("var", line.variant_id),
                "old": Money(line.unit_price_when_added, cart.currency).as_json(),
                "new": Money(line.unit_price, cart.currency).as_json(),
            }
            for line in changed
        ],
    )
