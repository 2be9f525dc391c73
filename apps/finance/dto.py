"""What finance is told, and what its documents say: plain values, frozen, to and from JSON.

Amounts are integers in minor units of `currency`, rates are in basis points, times ISO 8601 in UTC.
New fields get defaults: what is stored is never rewritten.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.shared.money import Money


@dataclass(frozen=True, kw_only=True)
class InvoiceBuyer:
    """Who pays. `address` holds the lines as they are to be printed, without the name."""

    name: str
    email: str
    address: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One kind of goods; `total_amount` is the quantity at that price less the discount."""

    sku: str
    title: str
    variant_title: str
    quantity: int
    unit_price_amount: int
    tax_amount: int
    total_amount: int
    discount_amount: int = 0


@dataclass(frozen=True, kw_only=True)
class InvoiceShipping:
    """How the goods travel; `name` is empty for an order that is not sent."""

    name: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class InvoiceContent:
    """The part of an order that its invoice repeats, as it was when the order was made.

    `tax_amount` is on top of the prices, `included_tax_amount` inside them (not part of the sum).
    """

    order_number: str
    placed_at: str
    currency: str
    buyer: InvoiceBuyer
    lines: tuple[InvoiceLine, ...]
    shipping: InvoiceShipping
    subtotal_amount: int
    discount_amount: int
    shipping_amount: int
    tax_amount: int
    total_amount: int
    prices_include_tax: bool
    tax_rate_bp: int
    included_tax_amount: int

    def to_json(self) -> dict[str, Any]:
        """Ready for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "InvoiceContent":
        """Raises TypeError or KeyError when `data` is not what `to_json` makes."""
        buyer = data["buyer"]
        nested = {
            "buyer": InvoiceBuyer(**{**buyer, "address": tuple(buyer["address"])}),
            "lines": tuple(InvoiceLine(**line) for line in data["lines"]),
            "shipping": InvoiceShipping(**data["shipping"]),
        }
        return cls(**{**data, **nested})


@dataclass(frozen=True, kw_only=True)
class InvoiceSeller:
    """The shop as it called itself when the invoice was issued."""

    name: str
    legal_name: str
    address: tuple[str, ...]
    tax_number: str
    email: str


@dataclass(frozen=True, kw_only=True)
class InvoiceDocument:
    """All that an issued invoice says; its PDF is drawn from this and nothing else (FIN-004).

    `…_on` are days in the shop's time zone. Amounts are written as in `language`.
    `reduction_amount` is not charged of the order's total; it contains `reduction_tax_amount`.
    """

    number: str
    issued_at: str
    issued_on: str
    placed_on: str
    paid_on: str
    language: str
    seller: InvoiceSeller
    order: InvoiceContent
    reduction_amount: int = 0
    reduction_tax_amount: int = 0

    @property
    def due_amount(self) -> int:
        """What the invoice is for, in minor units."""
        return self.order.total_amount - self.reduction_amount

    def to_json(self) -> dict[str, Any]:
        """Ready for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "InvoiceDocument":
        """Raises TypeError or KeyError when `data` is not what `to_json` makes."""
        seller = data["seller"]
        nested = {
            "seller": InvoiceSeller(**{**seller, "address": tuple(seller["address"])}),
            "order": InvoiceContent.from_json(data["order"]),
        }
        return cls(**{**data, **nested})


@dataclass(frozen=True, kw_only=True)
class CreditedLine:
    """Goods of a refund; `amount` contains `tax_amount`."""

    sku: str
    title: str
    variant_title: str
    quantity: int
    amount: int
    tax_amount: int


@dataclass(frozen=True, kw_only=True)
class CreditNoteContent:
    """What a refund gives back. Every amount contains its tax; `tax_amount` is all of it."""

    lines: tuple[CreditedLine, ...]
    shipping_amount: int
    shipping_tax_amount: int
    other_amount: int
    tax_amount: int
    total_amount: int


@dataclass(frozen=True, kw_only=True)
class CreditNoteDocument:
    """All that an issued credit note says; its PDF is drawn from this and nothing else (FIN-004).

    `credited` is written as an invoice of what is taken back; `invoice_number` is empty when the
    order's invoice was not issued yet. `…_on` are days in the shop's time zone.
    """

    number: str
    issued_at: str
    issued_on: str
    invoice_number: str
    language: str
    seller: InvoiceSeller
    credited: InvoiceContent

    def to_json(self) -> dict[str, Any]:
        """Ready for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CreditNoteDocument":
        """Raises TypeError or KeyError when `data` is not what `to_json` makes."""
        seller = data["seller"]
        nested = {
            "seller": InvoiceSeller(**{**seller, "address": tuple(seller["address"])}),
            "credited": InvoiceContent.from_json(data["credited"]),
        }
        return cls(**{**data, **nested})


@dataclass(frozen=True, kw_only=True)
class IssuedCreditNote:
    """A credit note for readers; `document_path` is empty until its PDF is stored."""

    id: UUID
    order_id: UUID
    refund_id: UUID
    number: str
    issued_at: datetime
    total: Money
    document_path: str
    document_sha256: str
    document: CreditNoteDocument


@dataclass(frozen=True, kw_only=True)
class IssuedInvoice:
    """An invoice for readers; `document_path` is empty until its PDF is stored."""

    id: UUID
    order_id: UUID
    number: str
    issued_at: datetime
    total: Money
    document_path: str
    document_sha256: str
    document: InvoiceDocument


@dataclass(frozen=True, kw_only=True)
class RefundBooking:
    """What the books say of one refund: its debit, and the credit that took it back, if any."""

    debit: int
    reversal: int = 0
