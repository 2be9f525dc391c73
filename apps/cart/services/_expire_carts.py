from datetime import datetime

from apps.cart import selectors
from apps.cart.models import Cart
from apps.shared.db import outside_transaction, owns_transaction

_BATCH = 500


@outside_transaction
def expire_carts(*, now: datetime, most: int) -> int:
    """Delete the shop's open carts that nobody changed for as long as its settings say.

    At most `most`, the oldest first, in short transactions; the next run goes on from there. A cart
    that somebody works on at this moment is left alone: it is not old any more, or is being
    completed. Who comes just after finds that it is gone (CartNotFound). Returns how many.
    """
    before = selectors.carts_end_before(now=now)
    deleted = 0
    while before is not None and deleted < most:
        count = _delete_some(before, min(_BATCH, most - deleted))
        if not count:
            break
        deleted += count
    return deleted


@owns_transaction
def _delete_some(before: datetime, limit: int) -> int:
    # Locked as they are now: one that was changed since the statement began is not among them.
    batch = selectors.carts_past_their_time(before=before, limit=limit)
    _, rows = Cart.objects.filter(pk__in=batch).delete()
    return rows.get(Cart._meta.label, 0)
