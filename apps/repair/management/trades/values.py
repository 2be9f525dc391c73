"""What people type."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from apps.shared.api.fields import MAX_BIGINT
from apps.shared.arguments import whole_number
from apps.shared.ids import parse_public_id

# A time to wait, ten years at most: longer is a slip of the key.
MINUTES: Final = whole_number(least=0, most=10 * 366 * 24 * 60)


def moment(text: str) -> datetime:
    """A time such as 2026-11-21 or 2026-11-21T13:00, in UTC unless it says otherwise."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def key_of(text: str, prefix: str) -> UUID:
    """The id behind a public one. Raises ValueError."""
    key = parse_public_id(prefix, text)
    if key is None:
        raise ValueError(f"{text!r} is no id of this kind: they begin with {prefix}_")
    return key


def number_of(text: str, kind: str) -> int:
    """A row's number as the admin shows it; `kind` is what it should be. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) < len(str(MAX_BIGINT))):
        raise ValueError(f"{text!r} is no {kind}: they are numbers, as the admin shows them")
    return int(text)
