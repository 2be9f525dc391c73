"""How an app declares what must be true of its rows.

A check is a function of a `Shop` that asks for offenders: rows that are not as they must be. It
lives in the `invariants.py` of the app whose rows it reads; one that compares rows of several apps
in the app that is above them. Its docstring is what must be true.

A check is one statement (or a few), never one per row: a shop may have a million movements. It runs
on a busy shop, in a snapshot: what is written in one transaction must agree at once, what a worker
does a moment later gets an age to come of (`Severity.LATE`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from apps.shared.ids import PREFIXES, public_id


class Severity(StrEnum):
    """BROKEN is wrong at any moment; LATE has not happened although its time is long over."""

    BROKEN = "broken"
    LATE = "late"


class Gauge(StrEnum):
    """Where a check's offenders are counted for Prometheus."""

    CART = "cart_inconsistencies"
    EVENT = "event_inconsistencies"
    FINANCE = "finance_inconsistencies"
    IDEMPOTENCY = "idempotency_inconsistencies"
    NOTIFICATION = "notification_inconsistencies"
    ORDER = "order_inconsistencies"
    PAYMENT = "payment_inconsistencies"
    REFUND = "refund_inconsistencies"
    REPORT = "report_inconsistencies"
    STOCK = "stock_inconsistencies"


@dataclass(frozen=True)
class Offender:
    """A row that is not as it must be."""

    row: str
    expected: str
    found: str


@dataclass(frozen=True)
class Found:
    """How many offenders there are, and the first of them."""

    count: int
    sample: tuple[Offender, ...]


@dataclass(frozen=True)
class Shop:
    """The data of the schema that the code works in, at one moment."""

    schema_name: str
    now: datetime
    most: int

    def offenders(self, statement: str, **parameters: Any) -> Found:
        """Run a SELECT of `kind`, `id`, `expected` and `found`, of which there is one per offender.

        `{shop}` stands for the schema, which every table is named with. `kind` is an id's prefix
        (`ord`) or says what the row is (`stock item`). Parameters are written `%(name)s`, `now` is
        one, and a percent sign is doubled.
        """
        wanted = statement.replace("{shop}", connection.ops.quote_name(self.schema_name))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT kind, id, expected::text, found::text, count(*) OVER ()
                FROM ({wanted}) AS offender ORDER BY kind, id LIMIT %(most)s
                """,  # noqa: S608 - the schema's name, quoted
                {"now": self.now, "most": self.most, **parameters},
            )
            rows = cursor.fetchall()
        return _found(rows)


def _found(rows: Sequence[tuple[Any, ...]]) -> Found:
    sample = tuple(
        Offender(_name(kind, key), expected or "nothing", found or "nothing")
        for kind, key, expected, found, _ in rows
    )
    return Found(count=rows[0][-1] if rows else 0, sample=sample)


def _name(kind: str, key: object) -> str:
    """As the API and the admin write the id: `ord_0197c2…`, or `stock item 12`."""
    if kind in PREFIXES and isinstance(key, UUID):
        return public_id(kind, key)
    if key is None:
        return f"{kind} without an id"
    return f"{kind} {key}"


Check = Callable[[Shop], Found]


@dataclass(frozen=True)
class Invariant:
    """A declared check; `ids` are those of the domain's invariants that it (partly) proves."""

    name: str
    ids: tuple[str, ...]
    title: str
    severity: Severity
    gauge: Gauge
    check: Check


_DECLARED: dict[str, Invariant] = {}


def invariant(
    *ids: str, gauge: Gauge, severity: Severity = Severity.BROKEN
) -> Callable[[Check], Check]:
    """Declare the decorated function as a check, named after its app and itself.

    Raises ValueError when it has no docstring, or its name is taken.
    """

    def declare(check: Check) -> Check:
        app = check.__module__.partition(".invariants")[0].rpartition(".")[2]
        name = f"{app}.{check.__name__}"
        title = " ".join((check.__doc__ or "").partition("\n\n")[0].split())
        if not title or not ids or name in _DECLARED:
            raise ValueError(f"{name}: wants ids, a docstring, and a name of its own")
        _DECLARED[name] = Invariant(name, ids, title, severity, gauge, check)
        return check

    return declare


def declared(*, only: str = "") -> list[Invariant]:
    """All checks by name; `only` those of an id (`STOCK-004`), an app or a name."""
    found = sorted(_DECLARED.values(), key=lambda one: one.name)
    if not only:
        return found
    return [one for one in found if only in (*one.ids, one.name, one.name.partition(".")[0])]
