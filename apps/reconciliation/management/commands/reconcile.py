"""`manage.py reconcile --tenant apparel --date 2026-11-20 --csv differences.csv`."""

import csv
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.reconciliation import balance, selectors, services
from apps.reconciliation.dto import Comparison
from apps.reconciliation.representation import HEADINGS, Row, csv_rows
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from apps.shop.selectors import shop_settings
from tenants.selectors import active_schemas, tenant_by_slug

DIFFERENCES, NOT_COMPARED = 1, 2


class _Writer(Protocol):
    def writerows(self, rows: Iterable[Row], /) -> object: ...


class Command(BaseCommand):
    help = (
        "Compare a day (UTC; default: yesterday) at the payment providers with payments, refunds "
        "and books, in all active shops or in one; store the report and mend what only needs the "
        "provider's word to be taken. Exit codes: 0 all agrees, 1 differences were found (mended "
        "or not), 2 some provider could not be compared, or an option is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="X", help="the shop's short name (default: all)")
        days = parser.add_mutually_exclusive_group()
        days.add_argument("--date", metavar="YYYY-MM-DD", type=_past_day)
        days.add_argument(
            "--since-backup",
            action="store_true",
            help="each day from that of the backup which the shop was restored from until today",
        )
        parser.add_argument("--csv", metavar="FILE", type=Path, help="write the reports there, too")
        parser.add_argument(
            "--dry-run", action="store_true", help="store the report, but mend nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        schemas = _schemas(options["tenant"])
        days = _days(options, schemas)
        differences = failed = 0
        with _target(options["csv"]) as writer:
            for schema, on in product(schemas, days):
                found, failures = self._compare(schema, on, writer, mends=not options["dry_run"])
                differences += found
                failed += failures
        if failed:
            message = (
                f"{failed} could not be compared, see above; {differences} differences elsewhere"
            )
            raise CommandError(message, returncode=NOT_COMPARED)
        period = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        if differences:
            raise CommandError(f"{differences} differences on {period}", returncode=DIFFERENCES)
        self.stdout.write(f"{period}: no differences in {len(schemas)} shops")

    def _compare(
        self, schema: str, on: date, writer: _Writer | None, *, mends: bool
    ) -> tuple[int, int]:
        """How many differences at the providers of a shop, and at how many nothing was compared."""
        differences = failed = 0
        with use_schema(schema), context.acting(as_actor="command:reconcile"):
            for provider in selectors.providers_to_compare():
                try:
                    found = services.reconcile_day(
                        provider=provider, on=on, now=clock.now(), mends=mends
                    )
                except DomainError as error:
                    failed += 1
                    self.stderr.write(f"{schema}: {provider}: {error.code}: {error}")
                    continue
                differences += len(found.differences)
                for row in _rows(schema, provider, on, found):
                    self.stdout.write(" ".join(one or "-" for one in row))
                if writer is not None:
                    writer.writerows(_rows(schema, provider, on, found, with_lines=True))
        return differences, failed


def _schemas(slug: str | None) -> list[str]:
    try:
        return [str(tenant_by_slug(slug=slug).schema_name)] if slug else active_schemas()
    except DomainError as error:
        raise CommandError(str(error), returncode=NOT_COMPARED) from error


def _days(options: dict[str, Any], schemas: list[str]) -> list[date]:
    today = clock.now().date()
    if not options["since_backup"]:
        return [options["date"] or today - timedelta(days=1)]
    if not options["tenant"]:
        raise CommandError("--since-backup is about one --tenant", returncode=NOT_COMPARED)
    with use_schema(schemas[0]):
        taken_at = shop_settings().backup_taken_at
    if taken_at is None:
        message = f"{options['tenant']} was not restored from a backup"
        raise CommandError(message, returncode=NOT_COMPARED)
    first = taken_at.date()
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


def _rows(
    schema: str, provider: str, on: date, found: Comparison, *, with_lines: bool = False
) -> Iterator[Row]:
    lines = balance.lines_of_day(provider=provider, on=on) if with_lines else ()
    return csv_rows(
        tenant=schema,
        provider=provider,
        day=on.isoformat(),
        figures={key: asdict(sums) for key, sums in sorted(found.figures.items())},
        differences=found.differences,
        lines=lines,
    )


def _past_day(text: str) -> date:
    """A day that has begun; of later ones no provider can tell anything."""
    on = date.fromisoformat(text)
    if on > clock.now().date():
        raise ArgumentTypeError(f"{text} is yet to come")
    return on


@contextmanager
def _target(file: Path | None) -> Iterator[_Writer | None]:
    """Opened before the work: who learns afterwards that it cannot be written has lost it."""
    if file is None:
        yield None
        return
    try:
        target = file.open("w", newline="", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}; nothing was compared"
        raise CommandError(message, returncode=NOT_COMPARED) from error
    with target:
        writer = csv.writer(target)
        writer.writerow(HEADINGS)
        yield writer
