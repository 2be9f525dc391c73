"""However an order is refunded, in the end it is the total, to the last minor unit."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.errors import (
    RefundAmountInvalid,
    RefundExceedsCaptured,
    RefundLineUnknown,
    RefundQuantityInvalid,
)
from apps.refunds.shares import (
    AllTaken,
    Part,
    Parts,
    Shares,
    Snapshot,
    Taken,
    parts_of,
    shares_of,
    spread,
)

A, B = UUID(int=1), UUID(int=2)


def snapshot(
    *lines: Part, shipping: int = 0, shipping_tax: int = 0, included: bool = True, discount: int = 0
) -> Snapshot:
    tax = sum(line.tax for line in lines) + shipping_tax
    goods = sum(line.amount for line in lines)
    return Snapshot(
        total=goods + shipping - discount + (0 if included else tax),
        shipping=shipping,
        tax=0 if included else tax,
        included_tax=tax if included else 0,
        lines={UUID(int=number): line for number, line in enumerate(lines, 1)},
    )


class Book:
    """Refunds of one order, as the database would remember them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.made: list[Shares] = []

    @property
    def taken(self) -> AllTaken:
        lines: dict[UUID, Taken] = {}
        for one in (line for refund in self.made for line in refund.lines):
            gone = lines.get(one.wanted.order_line_id, Taken())
            lines[one.wanted.order_line_id] = Taken(
                quantity=gone.quantity + one.wanted.quantity,
                amount=gone.amount + one.amount,
                tax=gone.tax + one.tax,
            )
        return AllTaken(
            whole=Taken(
                amount=sum(one.amount for one in self.made), tax=sum(one.tax for one in self.made)
            ),
            shipping=Taken(
                amount=sum(one.shipping_amount for one in self.made),
                tax=sum(one.shipping_tax for one in self.made),
            ),
            lines=lines,
        )

    def refund(self, wanted: Wanted) -> Shares:
        self.made.append(shares_of(wanted, self.parts, self.taken))
        return self.made[-1]

    def refund_the_rest(self) -> None:
        taken = self.taken
        lines = tuple(
            WantedLine(order_line_id=line_id, quantity=left)
            for line_id, part in self.parts.lines.items()
            if (left := part.quantity - taken.lines.get(line_id, Taken()).quantity)
        )
        shipping = self.parts.shipping.amount - taken.shipping.amount
        if self.parts.total - taken.whole.amount:
            self.refund(Wanted(lines=lines, shipping_amount=shipping))


@st.composite
def orders(draw: st.DrawFn) -> Snapshot:
    def part(quantity: int) -> Part:
        amount = draw(st.integers(0, 10_000))
        return Part(amount=amount, tax=draw(st.integers(0, amount)), quantity=quantity)

    lines = [part(draw(st.integers(1, 7))) for _ in range(draw(st.integers(1, 4)))]
    shipping = draw(st.integers(0, 2000))
    goods = sum(line.amount for line in lines)
    return snapshot(
        *lines,
        shipping=shipping,
        shipping_tax=draw(st.integers(0, shipping)),
        included=draw(st.booleans()),
        discount=draw(st.one_of(st.just(0), st.integers(0, goods))),
    )


@given(orders(), st.data())
def test_ref_003_any_sequence_of_partial_refunds_adds_up(order: Snapshot, data: st.DataObject):
    """REF-003, REF-007: pieces of any lines in any order, some of which fail in between."""
    book = Book(parts_of(order))
    for _ in range(data.draw(st.integers(0, 12))):
        taken = book.taken
        left = {
            line_id: part.quantity - taken.lines.get(line_id, Taken()).quantity
            for line_id, part in book.parts.lines.items()
        }
        chosen = data.draw(st.sampled_from(sorted(left, key=str)))
        quantity = data.draw(st.integers(0, left[chosen]))
        shipping = data.draw(st.integers(0, book.parts.shipping.amount - taken.shipping.amount))
        lines = (WantedLine(order_line_id=chosen, quantity=quantity),) if quantity else ()
        try:
            book.refund(Wanted(lines=lines, shipping_amount=shipping))
        except RefundAmountInvalid:
            continue
        if data.draw(st.booleans()):
            book.made.pop(data.draw(st.integers(0, len(book.made) - 1)))

    book.refund_the_rest()

    assert sum(one.amount for one in book.made) == order.total
    for one in book.made:
        assert one.amount == (
            sum(line.amount for line in one.lines) + one.shipping_amount + one.other_amount
        )
        assert 0 <= one.tax <= one.amount
        assert all(0 <= line.tax <= line.amount for line in one.lines)


@given(orders(), st.lists(st.integers(1, 5000), max_size=6))
def test_plain_amounts_add_up_too(order: Snapshot, amounts: list[int]):
    book = Book(parts_of(order))
    for amount in amounts:
        left = order.total - book.taken.whole.amount
        if amount > left:
            with pytest.raises(RefundExceedsCaptured):
                book.refund(Wanted(other_amount=amount))
        else:
            book.refund(Wanted(other_amount=amount))
    if left := order.total - book.taken.whole.amount:
        book.refund(Wanted(other_amount=left))

    assert book.taken.whole.amount == order.total
    if book.made:
        assert book.taken.whole.tax == min(order.tax or order.included_tax, order.total) or any(
            one.tax == one.amount for one in book.made
        )


@given(orders(), st.data())
def test_what_was_not_charged_is_spread_and_never_given_back(order: Snapshot, data: st.DataObject):
    """ORDER-007, REF-007: pieces are worth their share of what was charged."""
    reduction = data.draw(st.integers(0, max(order.total - 1, 0)))
    parts = parts_of(replace(order, reduction=reduction))

    every = [*parts.lines.values(), parts.shipping]
    assert sum(one.amount for one in every) == parts.total == order.total - reduction
    assert all(0 <= one.tax <= one.amount for one in every)
    assert sum(one.tax for one in every) <= parts.tax <= (order.tax or order.included_tax)
    book = Book(parts)
    book.refund_the_rest()
    assert book.taken.whole.amount == parts.total


def test_two_thirds_charged_of_an_order_with_tax_beside():
    """32.40 with 2.40 tax, of which 21.60 were captured: 1.60 of tax are left."""
    lines = (Part(amount=2500, tax=200, quantity=2),)
    order = snapshot(*lines, shipping=500, shipping_tax=40, included=False)

    parts = parts_of(replace(order, reduction=1080))

    assert (parts.total, parts.tax) == (2160, 160)
    assert [one.amount for one in (*parts.lines.values(), parts.shipping)] == [1800, 360]
    assert [one.tax for one in (*parts.lines.values(), parts.shipping)] == [133, 27]


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=1))
def test_what_is_spread_adds_up(amount: int, weights: list[int]):
    assert sum(spread(amount, weights)) == (amount if sum(weights) else 0)


def test_three_pieces_of_a_line_that_does_not_divide():
    """10.00 for three: 3.33, 3.33, 3.34; tax of 1.00 in it: 33, 33, 34."""
    book = Book(parts_of(snapshot(Part(amount=1000, tax=100, quantity=3))))
    [line] = book.parts.lines

    made = [
        book.refund(Wanted(lines=(WantedLine(order_line_id=line, quantity=1),))) for _ in range(3)
    ]

    assert [one.amount for one in made] == [333, 333, 334]
    assert [one.tax for one in made] == [33, 33, 34]


def test_tax_beside_the_prices_is_given_back_with_the_goods():
    """12.50 twice with 2.00 tax on top, 5.00 of shipping with 0.40: 32.40."""
    parts = parts_of(
        snapshot(
            Part(amount=2500, tax=200, quantity=2), shipping=500, shipping_tax=40, included=False
        )
    )
    [line] = parts.lines

    first = shares_of(
        Wanted(lines=(WantedLine(order_line_id=line, quantity=1),)), parts, AllTaken()
    )

    assert parts.total == 3240
    assert (parts.shipping.amount, parts.shipping.tax) == (540, 40)
    assert (first.amount, first.tax) == (1350, 100)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Wanted(), RefundAmountInvalid),
        (Wanted(other_amount=-1), RefundAmountInvalid),
        (Wanted(shipping_amount=-1, other_amount=5), RefundAmountInvalid),
        (Wanted(shipping_amount=501), RefundExceedsCaptured),
        (Wanted(other_amount=1501), RefundExceedsCaptured),
        (Wanted(lines=(WantedLine(order_line_id=A, quantity=0),)), RefundQuantityInvalid),
        (Wanted(lines=(WantedLine(order_line_id=A, quantity=-1),)), RefundQuantityInvalid),
        (Wanted(lines=(WantedLine(order_line_id=A, quantity=3),)), RefundQuantityInvalid),
        (Wanted(lines=(WantedLine(order_line_id=B, quantity=1),)), RefundLineUnknown),
        (Wanted(lines=(WantedLine(order_line_id=A, quantity=1),) * 2), RefundLineUnknown),
    ],
)
def test_ref_002_what_cannot_be_given_back_is_refused(wanted: Wanted, error: type[Exception]):
    """REF-002."""
    parts = Parts(
        total=1500,
        tax=0,
        shipping=Part(amount=500, tax=0),
        lines={A: Part(amount=1000, tax=0, quantity=2)},
    )

    with pytest.raises(error):
        shares_of(wanted, parts, AllTaken())


def test_ref_003_what_is_in_flight_is_not_there_any_more():
    """REF-003."""
    parts = Parts(total=100, tax=0, shipping=Part(amount=0, tax=0), lines={})
    held = AllTaken(whole=Taken(amount=60))

    with pytest.raises(RefundExceedsCaptured) as refused:
        shares_of(Wanted(other_amount=60), parts, held)

    assert refused.value.details == {"amount": 60, "refundable": 40}
    assert shares_of(Wanted(other_amount=40), parts, held).amount == 40
