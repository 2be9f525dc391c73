from apps.shared.errors import Conflict, NotFound, PreconditionFailed, Rejected


class CartNotFound(NotFound):
    """There is no such cart, or it is not the caller's."""

    code = "cart_not_found"


class CartLineNotFound(NotFound):
    """The cart has no such line."""

    code = "cart_line_not_found"


class CartCompleted(Conflict):
    """The cart has become an order and accepts nothing more."""

    code = "cart_completed"


class CartEmpty(Rejected):
    """There is nothing in the cart."""

    code = "cart_empty"


class CartIncomplete(Rejected):
    """The cart lacks something that an order needs."""

    code = "cart_incomplete"


class CartTooLarge(Rejected):
    """A cart holds at most 200 different variants and 9,999 of each."""

    code = "cart_too_large"


class CartStale(PreconditionFailed):
    """The cart has changed since it was read: `If-Match` does not fit."""

    code = "stale_etag"
