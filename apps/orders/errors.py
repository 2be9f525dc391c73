from apps.shared.errors import Conflict, NotFound


class OrderNotFound(NotFound):
    """There is no such order, or it is not the caller's."""

    code = "order_not_found"


class OrderBeingCancelled(Conflict):
    """This order is being cancelled: its full refund is under way."""

    code = "order_being_cancelled"


class PiecesBeingRefunded(Conflict):
    """Some of these pieces are being refunded and will not be sent: wait for that refund."""

    code = "pieces_being_refunded"
