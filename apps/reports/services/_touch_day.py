from datetime import datetime

from apps.reports.models import Touch
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import add


@joins_transaction
def touch_day(*, at: datetime) -> None:
    """Something that counts happened at `at`, and is committed: the day of that is counted again.

    Nothing is added up here, so it may be said twice, late, and in any order.
    """
    add(Touch(at=at))
