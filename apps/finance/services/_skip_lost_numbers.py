from datetime import datetime

from apps.finance import selectors
from apps.finance.errors import TooManyNumbersLost
from apps.finance.models import LostNumbers
from apps.finance.states import DocumentKind
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import write

# More than anybody issues between two backups: whoever asks for more has mistyped.
MOST = 100_000


@joins_transaction
def skip_lost_numbers(*, kind: DocumentKind, year: int, last_number: int, now: datetime) -> None:
    """Go on counting after `last_number`, which was given out before the shop was lost.

    The numbers between are noted as lost (FIN-003). Nothing is done when the counter is that far.

    Raises TooManyNumbersLost.
    """
    counter = selectors.document_sequence_for_update(kind=kind, year=year)
    first = counter.last_number + 1
    if last_number < first:
        return
    if last_number - first >= MOST:
        raise TooManyNumbersLost(kind=str(kind), year=year, last_number=last_number)
    LostNumbers.objects.create(
        kind=kind, year=year, first_number=first, last_number=last_number, noted_at=now
    )
    for number in range(first, last_number + 1):
        counter.last_number = number
        # By ones: that is all that the counter's trigger allows.
        write(counter, ["last_number"])
