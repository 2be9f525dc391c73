"""What people type."""

from datetime import UTC, datetime
from uuid import UUID

from apps.shared.ids import parse_public_id


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
