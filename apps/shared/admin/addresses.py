"""Postal addresses, stored as JSON, for people."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString


def address_lines(address: Mapping[str, Any] | None) -> SafeString | str:
    """The address as it would be written on a parcel, a line each; empty when there is none."""
    if not address:
        return ""
    town = " ".join(filter(None, (address.get("postal_code"), address.get("city"))))
    names = ("name", "line1", "line2")
    lines = [*map(address.get, names), town, *map(address.get, ("region", "country", "phone"))]
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines if line))
