"""What people fill in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms

from apps.inventory.dto import Goods
from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.goods import goods_left
from apps.refunds.models import Refund
from apps.refunds.shares import NOTHING
from apps.refunds.states import RefundReason, Restock
from apps.shared.admin.money import MajorUnitsField
from apps.shared.money import Money, exponent

if TYPE_CHECKING:
    from apps.orders.models import Order


class WhyForm(forms.Form):
    """A word about it, kept in the refund's history."""

    why = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def where_they_are(goods: Goods) -> str:
    """For who chooses what becomes of them."""
    return f"{goods.held} held, not sent · {goods.sent} sent, not back."


class GoodsForm(WhyForm):
    """What became of the goods of a refund that succeeded, line by line, and why."""

    def __init__(self, *args: Any, refund: Refund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        goods = goods_left(order_id=refund.order_id)
        titles = orders.line_titles(order_id=refund.order_id)
        self.line_ids: list[UUID] = []
        for number, line in enumerate(selectors.undecided_lines(refund=refund)):
            self.fields[f"line_{number}"] = forms.ChoiceField(
                label=f"{line.quantity} × {titles.get(line.order_line_id, '')}",
                choices=Restock.choices,
                initial=Restock.NONE,
                help_text=where_they_are(goods.get(line.order_line_id, Goods())),
            )
            self.line_ids.append(line.order_line_id)
        self.order_fields([name for name in self.fields if name.startswith("line_")])

    def choices(self) -> dict[UUID, Restock]:
        """By order line."""
        return {
            line_id: Restock(self.cleaned_data[f"line_{number}"])
            for number, line_id in enumerate(self.line_ids)
        }


class RefundForm(forms.Form):
    """Pieces of each line with what becomes of them, of the shipping, and any amount besides."""

    shipping = MajorUnitsField(required=False)
    other = MajorUnitsField(required=False, label="Any other amount")
    reason = forms.ChoiceField(choices=RefundReason.choices)
    note = forms.CharField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, order: "Order", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = order.currency
        self.line_ids: list[UUID] = []
        parts = selectors.parts_of_order(order=order)
        taken = selectors.taken_of_order(order_id=order.pk)
        goods = goods_left(order_id=order.pk)
        for number, line in enumerate(order.lines.all()):
            left = line.quantity - taken.lines.get(line.pk, NOTHING).quantity
            self._add_line(number, f"{line.title} · {line.sku}", left, goods.get(line.pk, Goods()))
            self.line_ids.append(line.pk)
        shipping = Money(parts.shipping.amount - taken.shipping.amount, order.currency)
        self.fields["shipping"].help_text = f"At most {shipping.display()}, tax contained."
        rest = Money(parts.total - taken.whole.amount, order.currency)
        self.fields["other"].help_text = f"All together at most {rest.display()}."
        self.order_fields([name for name in self.fields if name.startswith("line_")])

    def _add_line(self, number: int, title: str, left: int, goods: Goods) -> None:
        self.fields[f"line_{number}"] = forms.IntegerField(
            label=title, required=False, min_value=0, max_value=left, help_text=f"At most {left}."
        )
        self.fields[f"line_{number}_restock"] = forms.ChoiceField(
            label="These goods",
            required=False,
            choices=Restock.choices,
            # What is not sent any more should not stay held: whoever means to send it says so.
            initial=Restock.RESERVED if goods.held and not goods.sent else Restock.NONE,
            help_text=where_they_are(goods),
        )

    def clean(self) -> dict[str, Any]:
        """Major into minor units. More decimals than the currency has are refused, not rounded."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("shipping", "other"):
            minor = (cleaned.get(name) or Decimal(0)).scaleb(exponent(self.currency))
            if minor != minor.to_integral_value():
                self.add_error(name, f"{self.currency} has {exponent(self.currency)} decimals.")
            cleaned[name] = int(minor)
        return cleaned

    def wanted(self) -> Wanted:
        """What was filled in, for the service."""
        said: Mapping[str, Any] = self.cleaned_data
        lines = tuple(
            WantedLine(
                order_line_id=line_id,
                quantity=said[f"line_{number}"],
                restock=Restock(said[f"line_{number}_restock"] or Restock.NONE),
            )
            for number, line_id in enumerate(self.line_ids)
            if said.get(f"line_{number}")
        )
        return Wanted(
            lines=lines,
            shipping_amount=said["shipping"],
            other_amount=said["other"],
            reason=RefundReason(said["reason"]),
            note=said["note"],
        )
