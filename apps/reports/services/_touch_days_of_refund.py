from uuid import UUID

from apps.finance import selectors as books
from apps.reports.services._touch_day import touch_day
from apps.shared.db import joins_transaction


@joins_transaction
def touch_days_of_refund(*, refund_id: UUID) -> None:
    """A refund was booked, or taken back: the days of both are counted again.

    One that is not on the books (money of no order) counts on no day.
    """
    for at in books.booking_times(source_id=refund_id):
        touch_day(at=at)
