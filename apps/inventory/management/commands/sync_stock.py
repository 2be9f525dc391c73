"""`manage.py sync_stock --tenant apparel stock.csv`."""

from pathlib import Path
from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.inventory import services
from apps.inventory.dto import StockRow, StockRowResult
from apps.inventory.errors import StockSyncRefused
from apps.inventory.management.stock_file import StockFileUnreadable, UnreadableRow, read_rows
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from tenants.selectors import tenant_by_slug

READ_FAILED, ROWS_REFUSED = 1, 3
_BATCH = 10_000
Numbered = list[tuple[int, StockRow]]


class Command(BaseCommand):
    help = (
        "Take over what another system says of the stock, from a CSV file with the columns sku, "
        "location (optional), and delta, or quantity and expected. A quantity replaces what is on "
        "hand only where that is what the file expects; a row that expects something else is "
        "listed and touches nothing, and the others are applied, 10,000 in one transaction. "
        "Exit codes: 0 all rows were applied, 3 some were refused, 1 nothing was read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--tenant", required=True, metavar="X", help="the shop's short name")
        parser.add_argument(
            "--atomic", action="store_true", help="apply all rows or none (at most 10,000)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, say what a run would do"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = tenant_by_slug(slug=options["tenant"])
            rows, refused = self._read(options["file"])
            if refused and options["atomic"]:
                rows = []
            with use_schema(tenant.schema_name), context.acting(as_actor="sync_stock"):
                changed, more_refused = self._sync(rows, options)
        except (StockFileUnreadable, DomainError) as error:
            raise CommandError(str(error), returncode=READ_FAILED) from error
        refused += more_refused
        tense = "would change" if options["dry_run"] else "changed"
        self.stdout.write(
            f"{len(rows) + refused - more_refused} rows: {changed} {tense}, {refused} refused"
        )
        if refused:
            raise CommandError("not all rows were applied, see above", returncode=ROWS_REFUSED)

    def _read(self, path: Path) -> tuple[Numbered, int]:
        rows: Numbered = []
        refused = 0
        for number, row in read_rows(path):
            if isinstance(row, UnreadableRow):
                self.stdout.write(f"row {number}: {row}")
                refused += 1
            else:
                rows.append((number, row))
        return rows, refused

    def _sync(self, rows: Numbered, options: dict[str, Any]) -> tuple[int, int]:
        """How many rows changed something, and how many were refused."""
        size = len(rows) or 1 if options["atomic"] else _BATCH
        changed = refused = 0
        for begin in range(0, len(rows), size):
            batch = rows[begin : begin + size]
            results = self._sync_batch(batch, options)
            changed += sum(bool(one.changed_by) for one in results)
            refused += sum(one.error is not None for one in results)
        return changed, refused

    def _sync_batch(self, batch: Numbered, options: dict[str, Any]) -> list[StockRowResult]:
        mode: Literal["atomic", "per_item"] = "atomic" if options["atomic"] else "per_item"
        try:
            results = services.sync_stock(
                rows=[row for _, row in batch],
                mode=mode,
                reference=options["file"].name,
                now=clock.now(),
                dry_run=options["dry_run"],
            )
        except StockSyncRefused as error:
            results = [StockRowResult() for _ in batch]
            for one in _refused_rows(error):
                results[one["row"]] = StockRowResult(error=error)
                number, row = batch[one["row"]]
                self.stdout.write(f"row {number}: {row.sku}: {one['code']}")
            return results
        for (number, row), result in zip(batch, results, strict=True):
            if result.error:
                self.stdout.write(f"row {number}: {row.sku}: {result.error.code}: {result.error}")
        return results


def _refused_rows(error: StockSyncRefused) -> list[dict[str, Any]]:
    rows = error.details["rows"]
    assert isinstance(rows, list)  # noqa: S101 - as sync_stock makes them
    return rows
