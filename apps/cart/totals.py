"""What a cart or an order costs: one pure function, so that both say the same (ORDER-007)."""

from collections.abc import Sequence
from dataclasses import dataclass

BASIS_POINTS = 10_000


@dataclass(frozen=True)
class PricedLine:
    """So many of one thing at a price, in minor units."""

    quantity: int
    unit_price_amount: int
    taxable: bool

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_price_amount


@dataclass(frozen=True)
class TaxRule:
    """The shop's flat rate in basis points, and whether prices contain it already."""

    rate_bp: int
    included: bool

    def tax_on(self, amount: int) -> int:
        """The tax on `amount`, in minor units, halves rounded up."""
        base = BASIS_POINTS + self.rate_bp if self.included else BASIS_POINTS
        return (2 * amount * self.rate_bp + base) // (2 * base)


@dataclass(frozen=True)
class Totals:
    """Amounts in minor units: subtotal − discount + shipping + tax = total.

    `included_tax` is contained in the other amounts and no summand; `line_taxes` follow the lines.
    """

    subtotal: int
    discount: int
    shipping: int
    tax: int
    included_tax: int
    total: int
    line_taxes: tuple[int, ...]


def compute_totals(lines: Sequence[PricedLine], *, shipping: int, rule: TaxRule) -> Totals:
    """Add up. Tax is rounded per line; shipping is taxed when anything in the parcel is."""
    line_taxes = tuple(rule.tax_on(line.amount) if line.taxable else 0 for line in lines)
    shipping_tax = rule.tax_on(shipping) if any(line.taxable for line in lines) else 0
    all_tax = sum(line_taxes) + shipping_tax
    subtotal = sum(line.amount for line in lines)
    added = 0 if rule.included else all_tax
    return Totals(
        subtotal=subtotal,
        discount=0,
        shipping=shipping,
        tax=added,
        included_tax=all_tax - added,
        total=subtotal + shipping + added,
        line_taxes=line_taxes,
    )
