"""Reading what spans payments, orders and books."""

from datetime import datetime
from uuid import UUID

from apps.finance import selectors as books
from apps.payments import selectors as payments


def payments_to_look_at(
    *, under_way_before: datetime, settled_before: datetime, given_up_since: datetime | None
) -> list[UUID]:
    """Payments that may be stuck or orphans: under way for long, or with money that no book knows
    of; `given_up_since` adds those that were given up since then."""
    found = payments.intents_to_look_at(older_than=under_way_before, given_up_since=given_up_since)
    unbooked = payments.succeeded_intents_besides(
        known=books.booked_payments(), older_than=settled_before
    )
    return [*found, *unbooked]
