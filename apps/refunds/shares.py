"""What pieces of an order are worth, to the last minor unit. Pure; amounts in minor units.

Every part of an order (a line, its shipping) has an amount, tax contained; together they are what
was charged for it. What n of a line's q pieces are worth is told cumulatively: the first n are
worth ⌊amount × n / q⌋ in all, less what is taken already. So all pieces together are worth the
amount, in however many steps they are refunded. Tax follows the amounts in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.errors import (
    RefundAmountInvalid,
    RefundExceedsCaptured,
    RefundLineUnknown,
    RefundQuantityInvalid,
)
from apps.shared.money import share


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something of an order that can be refunded; `amount` contains `tax`."""

    amount: int
    tax: int
    quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class Parts:
    """An order as refunds see it: the parts' amounts are the total."""

    total: int
    tax: int
    shipping: Part
    lines: Mapping[UUID, Part]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The amounts that an order keeps; a line's tax is in its amount or on top, as the order's.

    `reduction` is not charged of the total.
    """

    total: int
    shipping: int
    tax: int
    included_tax: int
    lines: Mapping[UUID, Part]
    reduction: int = 0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What refunds that succeeded or are in flight hold of one part, or of the whole order."""

    quantity: int = 0
    amount: int = 0
    tax: int = 0


NOTHING = Taken()


@dataclass(frozen=True, kw_only=True)
class AllTaken:
    """What refunds that succeeded or are in flight hold of an order."""

    whole: Taken = NOTHING
    shipping: Taken = NOTHING
    lines: Mapping[UUID, Taken] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShareOfLine:
    """A line of a refund with what it is worth."""

    wanted: WantedLine
    amount: int
    tax: int


@dataclass(frozen=True, kw_only=True)
class Shares:
    """A refund with what it is worth: lines, shipping and other amount together."""

    lines: tuple[ShareOfLine, ...]
    shipping_amount: int
    shipping_tax: int
    other_amount: int
    amount: int
    tax: int


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in parts that follow the weights and add up to it."""
    whole, told, upto, parts = sum(weights), 0, 0, []
    for weight in weights:
        upto += weight
        parts.append((amount * upto // whole if whole else 0) - told)
        told += parts[-1]
    return parts


def parts_of(order: Snapshot) -> Parts:
    """Prices contain their tax, or the tax stands beside them: the parts contain it always.

    What the lines do not know of (a discount on the whole order, what was not charged) is spread
    over all parts.
    """
    tax = order.tax or order.included_tax
    beside = 1 if order.tax else 0
    line_tax = sum(line.tax for line in order.lines.values())
    shipping_tax = max(tax - line_tax, 0)
    whole = [line.amount + beside * line.tax for line in order.lines.values()]
    whole.append(order.shipping + beside * shipping_tax)
    if sum(whole) != order.total:
        whole = spread(order.total, whole)
    taxes = [*(line.tax for line in order.lines.values()), shipping_tax]
    if order.reduction:
        due = order.total - order.reduction
        tax = share(tax, part=due, whole=order.total)
        whole, taxes = spread(due, whole), spread(tax, taxes)
    return _parts(order, whole, taxes, tax)


def _parts(order: Snapshot, whole: list[int], taxes: list[int], tax: int) -> Parts:
    """Of the lines' amounts and taxes, the shipping's last."""
    *amounts, shipping = whole
    return Parts(
        total=order.total - order.reduction,
        tax=tax,
        shipping=Part(amount=shipping, tax=min(taxes[-1], shipping)),
        lines={
            line_id: Part(amount=amount, tax=min(line_tax, amount), quantity=line.quantity)
            for (line_id, line), amount, line_tax in zip(
                order.lines.items(), amounts, taxes[:-1], strict=True
            )
        },
    )


def shares_of(wanted: Wanted, parts: Parts, taken: AllTaken) -> Shares:
    """What is wanted, priced.

    Raises RefundLineUnknown, RefundQuantityInvalid, RefundAmountInvalid (REF-002),
    RefundExceedsCaptured when the order has less left (REF-003).
    """
    if len({line.order_line_id for line in wanted.lines}) < len(wanted.lines):
        raise RefundLineUnknown
    lines = [_share_of_line(line, parts, taken) for line in wanted.lines]
    _refuse_amounts(wanted, parts, taken)
    amount = sum(line.amount for line in lines) + wanted.shipping_amount + wanted.other_amount
    if amount <= 0:
        raise RefundAmountInvalid(amount=amount)
    left = parts.total - taken.whole.amount
    if amount > left:
        raise RefundExceedsCaptured(amount=amount, refundable=left)
    return _with_tax(lines, wanted, amount, parts, taken)


def _share_of_line(line: WantedLine, parts: Parts, taken: AllTaken) -> ShareOfLine:
    part = parts.lines.get(line.order_line_id)
    if part is None:
        raise RefundLineUnknown(line=str(line.order_line_id))
    gone = taken.lines.get(line.order_line_id, NOTHING)
    if not 0 < line.quantity <= part.quantity - gone.quantity:
        raise RefundQuantityInvalid(
            line=str(line.order_line_id),
            requested=line.quantity,
            refundable=part.quantity - gone.quantity,
        )
    upto = part.amount * (gone.quantity + line.quantity) // part.quantity
    amount = max(upto - gone.amount, 0)
    return ShareOfLine(wanted=line, amount=amount, tax=_tax(part, gone, amount))


def _refuse_amounts(wanted: Wanted, parts: Parts, taken: AllTaken) -> None:
    if wanted.shipping_amount < 0 or wanted.other_amount < 0:
        raise RefundAmountInvalid
    left = parts.shipping.amount - taken.shipping.amount
    if wanted.shipping_amount > left:
        raise RefundExceedsCaptured(
            "More of the shipping was asked for than is left.",
            amount=wanted.shipping_amount,
            refundable=left,
        )


def _tax(part: Part, gone: Taken, amount: int) -> int:
    if not part.amount:
        return 0
    upto = part.tax * (gone.amount + amount) // part.amount
    return min(max(upto - gone.tax, 0), amount)


def _with_tax(
    lines: list[ShareOfLine], wanted: Wanted, amount: int, parts: Parts, taken: AllTaken
) -> Shares:
    """No more tax than is left; the refund that takes the last of the money takes all of it."""
    left = parts.tax - taken.whole.tax
    is_last = taken.whole.amount + amount == parts.total
    priced = []
    for line in lines:
        tax = min(line.tax, left)
        left -= tax
        priced.append(ShareOfLine(wanted=line.wanted, amount=line.amount, tax=tax))
    shipping_tax = min(_tax(parts.shipping, taken.shipping, wanted.shipping_amount), left)
    left -= shipping_tax
    whole = Part(amount=parts.total, tax=parts.tax)
    other_tax = min(_tax(whole, NOTHING, wanted.other_amount), left)
    tax = sum(line.tax for line in priced) + shipping_tax + other_tax
    if is_last:
        tax = min(parts.tax - taken.whole.tax, amount)
    return Shares(
        lines=tuple(priced),
        shipping_amount=wanted.shipping_amount,
        shipping_tax=shipping_tax,
        other_amount=wanted.other_amount,
        amount=amount,
        tax=tax,
    )


def tax_of_amount(amount: int, parts: Parts, taken: AllTaken) -> int:
    """The tax in an amount that names no goods, even one that is more than the order has left."""
    left = max(parts.tax - taken.whole.tax, 0)
    if taken.whole.amount + amount >= parts.total:
        return min(left, amount)
    return min(_tax(Part(amount=parts.total, tax=parts.tax), NOTHING, amount), left)
