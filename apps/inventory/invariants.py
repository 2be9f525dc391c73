"""What must be true of stock."""

from apps.inventory.states import MovementReason
from apps.shared.invariants.declare import Found, Gauge, Shop, invariant


@invariant("STOCK-001", "STOCK-006", "INV 1", gauge=Gauge.STOCK)
def quantities_are_in_bounds(shop: Shop) -> Found:
    """Nothing on hand or reserved is negative, and no more is promised than there is or may be
    backordered."""
    return shop.offenders("""
        SELECT 'stock item' AS kind, id,
            concat('on hand and reserved not negative, reserved at most ',
                on_hand + backorder_limit) AS expected,
            concat('on hand ', on_hand, ', reserved ', reserved) AS found
        FROM {shop}.inventory_stockitem
        WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand + backorder_limit
    """)


@invariant("STOCK-004", "INV 1", gauge=Gauge.STOCK)
def movements_add_up_to_the_row(shop: Shop) -> Found:
    """The movements of a stock item add up to what is on hand and reserved."""
    return shop.offenders("""
        SELECT 'stock item' AS kind, item.id,
            concat('on hand ', coalesce(moved.on_hand, 0),
                ', reserved ', coalesce(moved.reserved, 0)) AS expected,
            concat('on hand ', item.on_hand, ', reserved ', item.reserved) AS found
        FROM {shop}.inventory_stockitem AS item
        LEFT JOIN (
            SELECT stock_item_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved
            FROM {shop}.inventory_stockmovement GROUP BY stock_item_id
        ) AS moved ON moved.stock_item_id = item.id
        WHERE item.on_hand <> coalesce(moved.on_hand, 0)
            OR item.reserved <> coalesce(moved.reserved, 0)
    """)


@invariant("STOCK-004", gauge=Gauge.STOCK)
def movements_follow_the_table(shop: Shop) -> Found:
    """A movement says why, for what and by whom, and changes what its reason changes."""
    return shop.offenders(
        """
        SELECT 'stock movement' AS kind, id,
            'a change that goes with its reason, a reference and an actor' AS expected,
            concat(reason, ': on hand ', on_hand_delta, ', reserved ', reserved_delta, ', for ',
                reference_type, ' ', replace(reference_id, '-', ''), ', by ', actor) AS found
        FROM {shop}.inventory_stockmovement
        WHERE reference_type = '' OR actor = '' OR NOT CASE
            WHEN reason IN ('import', 'receipt') THEN on_hand_delta > 0 AND reserved_delta = 0
            WHEN reason IN ('adjustment', 'count', 'sync')
                THEN on_hand_delta <> 0 AND reserved_delta = 0
            WHEN reason = 'reserve' THEN on_hand_delta = 0 AND reserved_delta > 0
            WHEN reason = 'release' THEN on_hand_delta = 0 AND reserved_delta < 0
            WHEN reason = 'ship' THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta
            WHEN reason = 'return' THEN on_hand_delta > 0 AND reserved_delta = 0
            ELSE reason = ANY (%(reasons)s)
        END
        """,
        reasons=MovementReason.values,
    )


@invariant("STOCK-003", "INV 1", gauge=Gauge.STOCK)
def reserved_is_what_is_held(shop: Shop) -> Found:
    """What is reserved of a stock item is what open reservations hold of it."""
    return shop.offenders("""
        SELECT 'stock item' AS kind, item.id,
            concat('reserved ', coalesce(held.pieces, 0)) AS expected,
            concat('reserved ', item.reserved) AS found
        FROM {shop}.inventory_stockitem AS item
        LEFT JOIN (
            SELECT stock_item_id, sum(quantity - shipped - released) AS pieces
            FROM {shop}.inventory_reservation GROUP BY stock_item_id
        ) AS held ON held.stock_item_id = item.id
        WHERE item.reserved <> coalesce(held.pieces, 0)
    """)


@invariant("STOCK-003", gauge=Gauge.STOCK)
def reservations_give_no_more_than_they_hold(shop: Shop) -> Found:
    """No more is shipped and released than was reserved, and no more came back than was shipped."""
    return shop.offenders("""
        SELECT 'reservation' AS kind, id,
            'shipped and released within quantity, returned within shipped' AS expected,
            concat('quantity ', quantity, ', shipped ', shipped, ', released ', released,
                ', returned ', returned) AS found
        FROM {shop}.inventory_reservation
        WHERE shipped + released > quantity OR returned > shipped
            OR least(quantity, shipped, released, returned) < 0
    """)


@invariant("STOCK-003", "STOCK-004", gauge=Gauge.STOCK)
def reservations_agree_with_movements(shop: Shop) -> Found:
    """What reservations say was reserved, shipped, released and returned of a stock item is what
    its movements say.

    Not of one that was repaired: corrections tell the sums, and no longer each step.
    """
    return shop.offenders("""
        SELECT 'stock item' AS kind, coalesce(held.stock_item_id, moved.stock_item_id) AS id,
            concat('reserved ', moved.reserved, ', released ', moved.released,
                ', shipped ', moved.shipped, ', returned ', moved.returned) AS expected,
            concat('reserved ', held.reserved, ', released ', held.released,
                ', shipped ', held.shipped, ', returned ', held.returned) AS found
        FROM (
            SELECT stock_item_id, sum(quantity) AS reserved, sum(released) AS released,
                sum(shipped) AS shipped, sum(returned) AS returned
            FROM {shop}.inventory_reservation GROUP BY stock_item_id
        ) AS held
        FULL JOIN (
            SELECT stock_item_id,
                coalesce(sum(reserved_delta) FILTER (WHERE reason = 'reserve'), 0) AS reserved,
                coalesce(-sum(reserved_delta) FILTER (WHERE reason = 'release'), 0) AS released,
                coalesce(-sum(on_hand_delta) FILTER (WHERE reason = 'ship'), 0) AS shipped,
                coalesce(sum(on_hand_delta) FILTER (WHERE reason = 'return'), 0) AS returned
            FROM {shop}.inventory_stockmovement
            WHERE reason IN ('reserve', 'release', 'ship', 'return') GROUP BY stock_item_id
        ) AS moved ON moved.stock_item_id = held.stock_item_id
        WHERE (held.reserved, held.released, held.shipped, held.returned)
            IS DISTINCT FROM (moved.reserved, moved.released, moved.shipped, moved.returned)
            AND NOT EXISTS (
                SELECT 1 FROM {shop}.inventory_stockmovement
                WHERE stock_item_id = coalesce(held.stock_item_id, moved.stock_item_id)
                    AND reason = 'correction'
            )
    """)
