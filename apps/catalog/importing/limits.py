"""The longest values the importer takes, in characters unless a name says otherwise.

A value over its limit is reported with the limit and never cut: half a title or half a
barcode is a wrong one.
"""

from typing import Final

TITLE: Final = 255
NAME: Final = 255
SEO_TITLE: Final = 255
SEO_DESCRIPTION: Final = 1_000
TAG: Final = 255
TAGS: Final = 250
HANDLE: Final = 255
SKU: Final = 255
GENERATED_SKU: Final = 100
BARCODE: Final = 255
TAX_CODE: Final = 64
VARIANT_TITLE: Final = 255
"""The option values of a variant, joined for people: `Small / Red`."""
ALT_TEXT: Final = 512
URL: Final = 2_000
IMAGES: Final = 250
BODY_HTML: Final = 524_288
"""Shopify's own limit of a description is 512 KB."""

INT32_MAX: Final = 2_147_483_647
PRICE_MINOR_MAX: Final = 999_999_999_999
"""Twelve digits of minor units: far over any price, far under what a bigint sums safely."""

ROWS_PER_PRODUCT: Final = 2_500
"""Shopify knows at most 2,048 variants and 250 images. More rows under one handle are a broken
file; without a bound they would all be held in memory."""

LINE: Final = 4_194_304
"""Longest physical line. A file without line ends is refused instead of read whole."""

RECORD: Final = 4_194_304
"""Longest record over all its lines: bounds what a quote that is never closed can swallow."""

SHOWN_VALUE: Final = 60
"""How much of a refused value a report repeats."""
