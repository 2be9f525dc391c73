"""What must be true of carts."""

from apps.shared.invariants.declare import Found, Gauge, Shop, invariant


@invariant("CART-003", "CART-001", gauge=Gauge.CART)
def completed_carts_do_not_change(shop: Shop) -> Found:
    """Nothing was written to a cart after it was completed."""
    return shop.offenders("""
        SELECT 'cart' AS kind, id, concat('unchanged since ', completed_at) AS expected,
            concat('changed at ', updated_at) AS found
        FROM {shop}.cart_cart WHERE completed_at IS NOT NULL AND updated_at > completed_at
    """)


@invariant("CART-002", gauge=Gauge.CART)
def completed_carts_hold_something(shop: Shop) -> Found:
    """A cart that was completed has lines."""
    return shop.offenders("""
        SELECT 'cart' AS kind, cart.id, 'lines' AS expected, 'none' AS found
        FROM {shop}.cart_cart AS cart
        WHERE cart.completed_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {shop}.cart_cartline WHERE cart_id = cart.id)
    """)


@invariant("CART-001", gauge=Gauge.CART)
def a_cart_has_a_variant_once(shop: Shop) -> Found:
    """A variant is in a cart once, at least one piece of it."""
    return shop.offenders("""
        SELECT 'cart' AS kind, cart_id AS id, '1 line of a variant, of 1 piece or more' AS expected,
            concat(count(*), ' of var_', replace(variant_id::text, '-', ''), ', ', min(quantity),
                ' pieces') AS found
        FROM {shop}.cart_cartline GROUP BY cart_id, variant_id
        HAVING count(*) > 1 OR min(quantity) < 1
    """)
