from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.finance import selectors
from apps.finance.states import DocumentKind
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import write

_PREFIX = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}


@dataclass(frozen=True)
class DocumentNumber:
    """A number and the time that goes with it."""

    year: int
    sequence: int
    number: str
    issued_at: datetime


@joins_transaction
def take_document_number(
    *, kind: DocumentKind, time_zone: ZoneInfo, now: datetime
) -> DocumentNumber:
    """The next number of its kind in the year of the shop's time zone (FIN-003).

    Taken under a row lock in the transaction that writes the document, so that a rollback leaves no
    gap. Its time is never before that of the last one: whoever waited for the lock asked the clock
    before, and numbers and times must rise together.
    """
    year = now.astimezone(time_zone).year
    counter = selectors.document_sequence_for_update(kind=kind, year=year)
    counter.last_number += 1
    write(counter, ["last_number"])
    before = selectors.issued_at(kind=kind, year=year, sequence=counter.last_number - 1)
    return DocumentNumber(
        year=year,
        sequence=counter.last_number,
        number=f"{_PREFIX[kind]}-{year}-{counter.last_number:06d}",
        issued_at=max(now, before) if before else now,
    )
