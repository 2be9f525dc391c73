import logging
from datetime import date, datetime, timedelta

from django.db import DatabaseError, InterfaceError

from apps.reconciliation import selectors
from apps.reconciliation.services._reconcile_day import reconcile_day
from apps.shared.db import outside_transaction
from apps.shared.errors import Unavailable

logger = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=7)


@outside_transaction
def reconcile_due_days(*, now: datetime) -> int:
    """Yesterday at each of the shop's providers, and the days of the last week that had
    differences, until they have none, or whose night was missed. Returns how many differences were
    found.

    A day that cannot be compared stops no other day, and no other provider.

    Raises ProviderUnavailable when no provider answered, else an ExceptionGroup of what failed.
    """
    yesterday = (now - timedelta(days=1)).date()
    found, failures, compared = 0, [], 0
    for provider in selectors.providers_to_compare():
        open_days = selectors.open_days(
            provider=provider, since=yesterday - LOOK_BACK, until=yesterday
        )
        for on in (yesterday, *open_days):
            try:
                found += len(reconcile_day(provider=provider, on=on, now=now).differences)
                compared += 1
            except (DatabaseError, InterfaceError):
                raise
            except Exception as error:
                _tell(provider, on, error)
                failures.append(error)
    _raise(failures, is_silent=not compared)
    return found


def _tell(provider: str, on: date, error: Exception) -> None:
    logger.warning(
        "reconciliation.day_failed",
        extra={"provider": provider, "day": on.isoformat()},
        exc_info=error,
    )


def _raise(failures: list[Exception], *, is_silent: bool) -> None:
    """The run counts as failed, and is made again; as one whose provider does not answer only if
    none did: the other shops are not left out for that."""
    if not failures:
        return
    if is_silent and all(isinstance(one, Unavailable) for one in failures):
        raise failures[0]
    raise ExceptionGroup("some days could not be compared", failures)
