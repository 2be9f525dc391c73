"""Image addresses of the rows of one product, in their order, each once."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from apps.catalog.importing.cells import Row, one_line
from apps.catalog.importing.columns import Field
from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.limits import ALT_TEXT, IMAGES, URL
from apps.catalog.importing.numbers import parse_position
from apps.catalog.importing.parsed import LeftOut, ParsedImage, ParsedVariant

BETWEEN_URLS: Final = re.compile(r"[\s,;|]+(?=(?:https?:)?//)", re.IGNORECASE)
PLAIN_URL: Final = re.compile(r"https?://[a-z0-9.-]+/[!-~]*", re.ASCII)
ALT: Final = one_line(ALT_TEXT)


def parse_url(text: str) -> str:
    """An absolute http(s) address; `//host/…` becomes https, a blank in the path `%20`.

    Raises CellRefused with image_url or too_long.
    """
    url = (f"https:{text}" if text.startswith("//") else text).replace(" ", "%20")
    if len(url) > URL:
        raise CellRefused("too_long", f"longer than {URL:,} characters")
    if PLAIN_URL.fullmatch(url) is None:
        _check(url)
    return url


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise CellRefused("image_url", "not a web address") from error
    if parts.scheme.lower() not in {"http", "https"} or not host or re.search(r"\s", url):
        raise CellRefused("image_url", "not an http(s) address")


def variant_image(row: Row) -> str | None:
    """The image of this row's variant. A bad address costs the image, not the variant."""
    if not row.has(Field.VARIANT_IMAGE):
        return None
    return row.take(Field.VARIANT_IMAGE, parse_url, LeftOut.IMAGE, None)


def read_images(rows: Iterable[Row], variants: Iterable[ParsedVariant]) -> tuple[ParsedImage, ...]:
    """The images of a product: those of its image columns by position (a row without a position
    follows the row before it), then those only variants name. An address counts once; its first
    alternative text stays."""
    found: dict[str, tuple[int, str]] = {}
    place = 0
    for row in rows:
        if not row.has(Field.IMAGE_SRC):
            continue
        place = row.take(Field.IMAGE_POSITION, parse_position, LeftOut.VALUE, None) or place
        alt = row.take(Field.IMAGE_ALT, ALT, LeftOut.VALUE, "")
        for url in _urls(row):
            earlier = found.get(url)
            if earlier is None:
                found[url] = (place, alt)
            elif not earlier[1]:
                found[url] = (earlier[0], alt)
            alt = ""  # of several addresses in one cell the text describes the first
        _stay_below_limit(row, found)
    ordered = sorted(found.items(), key=lambda item: item[1][0])
    texts = {url: alt for url, (_, alt) in ordered}
    for variant in variants:
        if variant.image_src is not None:
            texts.setdefault(variant.image_src, "")
    return tuple(
        ParsedImage(src=url, position=number, alt=alt)
        for number, (url, alt) in enumerate(texts.items(), start=1)
    )


def _urls(row: Row) -> list[str]:
    urls = []
    for part in BETWEEN_URLS.split(row.text(Field.IMAGE_SRC)):
        try:
            urls.append(parse_url(part.rstrip(",;| \n")))
        except CellRefused as error:
            row.refuse(Field.IMAGE_SRC, error.code, error.message, LeftOut.IMAGE)
    return urls


def _stay_below_limit(row: Row, found: dict[str, tuple[int, str]]) -> None:
    if len(found) > IMAGES:
        row.refuse(Field.IMAGE_SRC, "too_many_images", f"more than {IMAGES} images", LeftOut.IMAGE)
        while len(found) > IMAGES:
            found.popitem()
