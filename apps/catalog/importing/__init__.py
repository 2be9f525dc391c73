"""Reads the product CSV files Shopify exports, and those of tools that imitate them.

Plain Python over a file: no models, no settings, no writes. What comes out is applied elsewhere.
"""

from apps.catalog.importing.errors import CellRefused, CsvUnreadable
from apps.catalog.importing.parsed import (
    LeftOut,
    ParsedGroup,
    ParsedImage,
    ParsedProduct,
    ParsedVariant,
    RowProblem,
)
from apps.catalog.importing.prices import Currency, parse_price
from apps.catalog.importing.reader import ProductFile
from apps.catalog.importing.sanitising import sanitize_html

__all__ = [
    "CellRefused",
    "CsvUnreadable",
    "Currency",
    "LeftOut",
    "ParsedGroup",
    "ParsedImage",
    "ParsedProduct",
    "ParsedVariant",
    "ProductFile",
    "RowProblem",
    "parse_price",
    "sanitize_html",
]
