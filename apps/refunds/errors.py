"""What refunds refuse."""

from apps.shared.errors import Conflict, Forbidden, NotFound, Rejected


class RefundNotFound(NotFound):
    """There is no such refund."""

    code = "refund_not_found"


class NotRefundable(Conflict):
    """Nothing can be given back of this order: it is not paid, or is refunded already."""

    code = "not_refundable"


class RefundAmountInvalid(Rejected):
    """A refund gives back more than nothing."""

    code = "refund_amount_invalid"


class RefundExceedsCaptured(Rejected):
    """More was asked for than was collected and is not given back, or about to be, already."""

    code = "refund_exceeds_captured"


class RefundExceedsTotal(Rejected):
    """More would be given back in all than the order came to."""

    code = "refund_exceeds_total"


class RefundQuantityInvalid(Rejected):
    """More of a line was asked for than was ordered and is not refunded already."""

    code = "refund_quantity_invalid"


class RefundLineUnknown(Rejected):
    """The order has no such line, or it was named twice."""

    code = "refund_line_unknown"


class RefundInFlight(Conflict):
    """Another refund of this order is under way: decide or await it first."""

    code = "refund_in_flight"


class OrderNotCancellable(Conflict):
    """Only a paid order that has not been shipped can be cancelled by a refund."""

    code = "order_not_cancellable"


class SecondPersonRequired(Forbidden):
    """Who asked for a refund cannot approve it: a second person must."""

    code = "second_person_required"


class RefundReferenceDiffers(Conflict):
    """The provider has another refund on record under this one's id."""

    code = "refund_reference_differs"


class PaymentNotSettled(Conflict):
    """The payment that this refund is of was not worked on yet."""

    code = "payment_not_settled"


class RestockImpossible(Conflict):
    """These goods are not where they would have to be for what the refund says of them."""

    code = "restock_impossible"


class FlagNotClearable(Conflict):
    """This flag goes by itself, with the refund's outcome; there is nothing to clear now."""

    code = "flag_not_clearable"
