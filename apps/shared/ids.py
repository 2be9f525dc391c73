"""Ids: UUIDv7 inside (RFC 9562, section 5.7), `ord_` and 32 hexadecimal digits outside.

See docs/adr/0005-ids.md.
"""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.urls import register_converter
from django.urls.converters import get_converters

PREFIXES = {
    "cart": "cart",
    "cli": "cart line",
    "crn": "credit note",
    "cus": "customer",
    "evt": "event",
    "inv": "invoice",
    "job": "job",
    "loc": "location",
    "msg": "message",
    "oli": "order line",
    "ord": "order",
    "pay": "payment",
    "plk": "platform key",
    "prd": "product",
    "ref": "refund",
    "req": "request",
    "shm": "shipment",
    "shp": "shipping method",
    "stf": "member of staff",
    "ten": "tenant",
    "var": "variant",
    "whk": "webhook",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A payment's own events call it an intent.
_PREFIX_OF = {name.replace(" ", "_"): prefix for prefix, name in PREFIXES.items()} | {
    "intent": "pay"
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PUBLIC_ID = re.compile(r"([a-z]{3,4})_([0-9a-f]{32})")


def new_id() -> UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10))
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | tail
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0b11 << 62) | 0b10 << 62)


def first_id_of(moment: datetime) -> UUID:
    """The least UUIDv7 of a moment: ids made from then on are not below it."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)


def public_id(prefix: str, value: UUID) -> str:
    """How the API writes the id: `public_id("ord", …)` is `ord_0197c2…`."""
    return f"{prefix}_{value.hex}"


def parse_public_id(prefix: str, text: str) -> UUID | None:
    """The id behind a public one; None when it is not one of this kind."""
    match = _PUBLIC_ID.fullmatch(text)
    return UUID(hex=match[2]) if match and match[1] == prefix else None


def shown_id(kind: str, key: str) -> str:
    """A key that is kept as text, such as an event's `aggregate_id`, as people know it.

    `kind` is what it is of, in a word (`order`, `credit_note`). What is no UUID stays as it is.
    """
    if not _UUID.fullmatch(key):
        return key
    prefix = _PREFIX_OF.get(kind, "")
    return public_id(prefix, UUID(key)) if prefix else UUID(key).hex


def key_behind(text: str) -> UUID | None:
    """The id behind a public one of any kind; None when it is none."""
    match = _PUBLIC_ID.fullmatch(text)
    return UUID(hex=match[2]) if match and match[1] in PREFIXES else None


def register_path_converters() -> None:
    """Make `<ord:order_id>` usable in URL patterns; anything else is no such path: 404.

    Each URL conf asks for it; the first one does it.
    """
    for prefix in PREFIXES.keys() - get_converters().keys():

        class Converter:
            regex = rf"{prefix}_[0-9a-f]{{32}}"
            _prefix = prefix

            def to_python(self, value: str) -> UUID:
                return UUID(hex=value[len(self._prefix) + 1 :])

            def to_url(self, value: UUID) -> str:
                return public_id(self._prefix, value)

        register_converter(Converter, prefix)
