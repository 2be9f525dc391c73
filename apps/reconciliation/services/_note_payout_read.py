from datetime import date, datetime

from apps.reconciliation.models import Payout
from apps.shared.db import owns_transaction


@owns_transaction
def note_payout_read(*, payout_id: int, on: date, now: datetime) -> None:
    """All that a payout consists of is kept: it need not be read again. What does not fit of it the
    report of the day `on` tells."""
    Payout.objects.filter(pk=payout_id, read_at=None).update(read_at=now, report_on=on)
