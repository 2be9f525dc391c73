"""Orders to invoice."""

from dataclasses import replace
from typing import Any

from apps.finance.dto import (
    InvoiceBuyer,
    InvoiceContent,
    InvoiceDocument,
    InvoiceLine,
    InvoiceSeller,
    InvoiceShipping,
)


def line(**changes: Any) -> InvoiceLine:
    """Two mugs at 12.50: 25.00, 2.00 of it tax on top."""
    usual = InvoiceLine(
        sku="MUG-BL",
        title="Stoneware mug",
        variant_title="Blue / 300 ml",
        quantity=2,
        unit_price_amount=1250,
        tax_amount=200,
        total_amount=2500,
    )
    return replace(usual, **changes)


def content(**changes: Any) -> InvoiceContent:
    """25.00 of goods, 5.00 to send them, 2.40 of tax: 32.40 USD."""
    usual = InvoiceContent(
        order_number="10482",
        placed_at="2026-03-04T10:00:00+00:00",
        currency="USD",
        buyer=InvoiceBuyer(
            name="Ada Lovelace",
            email="ada@example.com",
            address=("12 St James's Square", "London SW1Y 4JH", "GB"),
        ),
        lines=(line(),),
        shipping=InvoiceShipping(name="Standard", amount=500),
        subtotal_amount=2500,
        discount_amount=0,
        shipping_amount=500,
        tax_amount=240,
        total_amount=3240,
        prices_include_tax=False,
        tax_rate_bp=800,
        included_tax_amount=0,
    )
    return replace(usual, **changes)


def document(**changes: Any) -> InvoiceDocument:
    """The invoice of `content()` as shop "Hearth & Hall" issued it."""
    usual = InvoiceDocument(
        number="INV-2026-000001",
        issued_at="2026-03-04T10:05:00+00:00",
        issued_on="2026-03-04",
        placed_on="2026-03-04",
        paid_on="2026-03-04",
        language="en",
        seller=InvoiceSeller(
            name="Hearth & Hall",
            legal_name="Hearth & Hall Trading Ltd",
            address=("1 Quay Street", "Bristol BS1 4DJ", "United Kingdom"),
            tax_number="GB 123 4567 89",
            email="hello@hearth.example",
        ),
        order=content(),
    )
    return replace(usual, **changes)
