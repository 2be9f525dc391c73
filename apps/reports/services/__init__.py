"""What can happen to figures: a day is touched, touched days are counted, all are counted anew."""

from ._count_all_days import count_all_days
from ._count_days import count_days
from ._rebuild_figures import rebuild_figures
from ._refresh_figures import refresh_figures
from ._touch_day import touch_day
from ._touch_days_of_refund import touch_days_of_refund

__all__ = [
    "count_all_days",
    "count_days",
    "rebuild_figures",
    "refresh_figures",
    "touch_day",
    "touch_days_of_refund",
]
