"""Handles (the product's part of its URL) and the SKUs made from them."""

import hashlib
import re
import unicodedata
from typing import Final

from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.limits import GENERATED_SKU, HANDLE

NOT_IN_HANDLE: Final = re.compile(r"[\W_]+")
CLEAN_HANDLE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def slug(text: str) -> str:
    """Lower-case letters and digits, accents dropped, everything else one hyphen.

    Letters of other scripts stay: a Khmer or Japanese title still makes a handle. Where such a
    script writes vowels as marks, which a slug cannot hold, a digest tells the words apart.
    """
    if CLEAN_HANDLE.fullmatch(text):
        return text
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not (unicodedata.combining(character) and ord(character) < 0x370)
    )
    composed = unicodedata.normalize("NFC", bare)
    hyphened = NOT_IN_HANDLE.sub("-", composed).strip("-")
    if composed.isascii() or not any(unicodedata.category(it) in {"Mn", "Mc"} for it in composed):
        return hyphened
    return f"{hyphened}-{_digest(composed)}" if hyphened else ""


def parse_handle(text: str) -> str:
    """The handle a cell means. Raises CellRefused with handle_malformed or too_long."""
    handle = slug(text)
    if not handle:
        raise CellRefused("handle_malformed", "has no letter or digit")
    if len(handle) > HANDLE:
        raise CellRefused("too_long", f"longer than {HANDLE} characters")
    return handle


def generated_sku(handle: str, option_values: tuple[str, ...]) -> str:
    """The SKU of a variant that has none: the handle, and the option values after points.

    It depends on nothing else, so the next import of the file makes the same one. Where the
    readable form would lose something (`M+` and `M-`) or be too long, a digest of the exact
    values is added. A handle has no point, so two products never meet.
    """
    parts = [slug(value) for value in option_values]
    sku = ".".join([handle, *parts])
    lossless = all(
        part == value.casefold().replace(" ", "-")
        for part, value in zip(parts, option_values, strict=True)
    )
    if lossless and len(sku) <= GENERATED_SKU:
        return sku
    digest = _digest("\x1f".join([handle, *option_values]).casefold())
    return f"{sku[: GENERATED_SKU - 11]}.{digest}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
