"""Stored webhooks as lines of text."""

import json
from typing import Any

from apps.payments.readable import readable_body, readable_headers

_MOMENT = "%Y-%m-%d %H:%M:%S"


def webhook_line(row: Any) -> str:
    """One webhook in one line."""
    told = (
        f"{row.pk:>10}  {row.state:9} {row.received_at:{_MOMENT}}  {row.provider}"
        f" {row.event_type}  {row.event_id}"
    )
    if row.next_try_at:
        told += f"  tried {row.attempts} times, next {row.next_try_at:{_MOMENT}}"
    return f"{told}\n{'':12}{row.outcome[:120]}" if row.outcome else told


def webhook_as_json(shop: str, row: Any) -> str:
    """One webhook as a line of JSON, without headers and body."""
    told = {
        "shop": shop,
        "webhook": row.pk,
        "provider": row.provider,
        "account": row.account,
        "event_id": row.event_id,
        "type": row.event_type,
        "state": row.state,
        "attempts": row.attempts,
        "outcome": row.outcome,
        "received_at": row.received_at.isoformat(),
        "processed_at": row.processed_at.isoformat() if row.processed_at else None,
        "next_try_at": row.next_try_at.isoformat() if row.next_try_at else None,
    }
    return json.dumps(told, ensure_ascii=False)


def webhook_lines(row: Any) -> list[str]:
    """A webhook with all that is known of it; what could be misused is masked."""
    return [
        f"  {webhook_line(row).strip()}",
        "  headers",
        *(f"    {line}" for line in readable_headers(row.headers).splitlines()),
        "  body",
        *(f"    {line}" for line in readable_body(bytes(row.body)).splitlines()),
    ]
