from datetime import datetime

from apps.inventory import selectors
from apps.inventory.dto import Trusted
from apps.inventory.models import StockItem, StockMovement
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.states import MovementReason
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, NotMendable, record_mend

_REFERENCE = "repair"


@owns_transaction
def mend_stock_item(*, stock_item_id: int, trusted: Trusted, now: datetime) -> Difference | None:
    """Bring a row, its movements and its open reservations together again (STOCK-004).

    What is trusted is said by `selectors.difference_of_stock_item`, which is asked again under the
    row's lock: whoever moves this stock holds that lock, so nothing moves meanwhile. First a
    movement `correction` tells the ledger what the row came to without one, then a second moves the
    row to where it belongs, as every change does. None: the row agrees by now.

    Raises NotMendable when more is reserved than there is.
    """
    item = selectors.stock_items_by_key_for_update(keys=[stock_item_id]).get(stock_item_id)
    if item is None:
        return None
    sums = selectors.stock_sums(stock_item_id=stock_item_id)
    difference = selectors.difference_of_stock_item(item=item, sums=sums, trusted=trusted)
    if difference is None:
        return None
    on_hand = item.on_hand if trusted is Trusted.ROW else sums.on_hand
    if on_hand < 0 or sums.held > on_hand + item.backorder_limit:
        raise NotMendable(
            f"{sums.held} are held for orders and {on_hand} are on hand: count the goods (adjust "
            "the stock), or cancel or refund orders, then repair again"
        )
    _tell_ledger(item, item.on_hand - sums.on_hand, item.reserved - sums.reserved, now)
    move = Move(
        stock_item_id=item.pk,
        reason=MovementReason.CORRECTION,
        on_hand=on_hand - item.on_hand,
        reserved=sums.held - item.reserved,
        reference_type=_REFERENCE,
        reference_id=context.request_id.get(),
    )
    if move.on_hand or move.reserved:
        move_stock(moves=[move], now=now)
    record_mend(repair="stock", difference=difference, now=now)
    return difference


def _tell_ledger(item: StockItem, on_hand: int, reserved: int, now: datetime) -> None:
    """A movement for what has happened to the row already; the row is not changed."""
    if on_hand or reserved:
        StockMovement.objects.create(
            stock_item=item,
            reason=MovementReason.CORRECTION,
            on_hand_delta=on_hand,
            reserved_delta=reserved,
            reference_type=_REFERENCE,
            reference_id=context.request_id.get(),
            actor=context.actor.get(),
            created_at=now,
        )
