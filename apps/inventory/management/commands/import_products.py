"""`manage.py import_products --tenant apparel products_export.csv`."""

import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.db import IntegrityError
from tqdm import tqdm

from apps.catalog.importing import CsvUnreadable, LeftOut, ParsedProduct, ProductFile, RowProblem
from apps.inventory import selectors, services
from apps.inventory.management.import_report import ImportReport
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from apps.shop.selectors import shop_settings
from tenants.selectors import tenant_by_slug

READ_FAILED, ROWS_REFUSED, INTERRUPTED = 1, 3, 130
HELP = """\
Import products from a CSV file as Shopify exports it (its headings before and since 2024).

A product is known by its handle, a variant by its option values or its SKU, an image by its
address. The file's products are made, or changed where they differ; what the file does not name
stays as it is, so that importing a file twice changes nothing.

A quantity in the file is a first count: it becomes stock (a movement with reason "import") only
for variants that have no stock at the location yet, and never resets what was sold since.

Each product is written in one transaction. Rows that cannot be imported are listed with row (as
a spreadsheet counts, the headings are row 1), column and reason; the others go on.
Prices are amounts of the shop's currency.

exit codes: 0 all was imported, 3 some rows were refused (the others are in), 1 nothing was read
(no such shop or location, not a product file), 2 wrong arguments.
"""


class _Formatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps the paragraphs of the help text, and Django's own options at its end."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", _Formatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--tenant", required=True, metavar="X", help="the shop's short name")
        parser.add_argument(
            "--location", metavar="NAME", help="where the stock is (default: the first location)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, say what an import would do"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = tenant_by_slug(slug=options["tenant"])
            with use_schema(tenant.schema_name), context.acting(as_actor="import_products"):
                report, stopped = self._import(options)
        except (CsvUnreadable, DomainError) as error:
            raise CommandError(str(error), returncode=READ_FAILED) from error
        if options["dry_run"]:
            self.stdout.write("dry run: nothing was written; an import would give")
        for line in report.lines():
            self.stdout.write(line)
        if stopped:
            message = "interrupted; the products above are in, run it again for the rest"
            raise CommandError(message, returncode=INTERRUPTED)
        if report.problems:
            raise CommandError("not all was imported, see above", returncode=ROWS_REFUSED)

    def _import(self, options: dict[str, Any]) -> tuple[ImportReport, bool]:
        """The report, and whether the user stopped the import before its end."""
        run = _Run(options)
        with ProductFile(options["file"], currency=run.currency) as file:
            for note in file.notes:
                self.stdout.write(f"note: {note}")
            try:
                run.read(file)
            except KeyboardInterrupt:
                return run.report, True
        return run.report, False


class _Run:
    """One import: where it goes and what it did so far."""

    def __init__(self, options: dict[str, Any]) -> None:
        name = options["location"]
        location = selectors.location_named(name=name) if name else selectors.default_location()
        self.location_id = location.pk
        self.currency = shop_settings().currency
        self.reference = options["file"].name
        self.dry_run = options["dry_run"]
        self.report = ImportReport()

    def read(self, file: ProductFile) -> None:
        with tqdm(total=file.size, unit="B", unit_scale=True, file=sys.stderr, disable=None) as bar:
            for group in file:
                self.report.problems += group.problems
                if group.product is not None:
                    self._apply(group.product)
                bar.update(file.position - bar.n)

    def _apply(self, parsed: ParsedProduct) -> None:
        try:
            imported = services.import_product(
                parsed=parsed,
                currency=self.currency,
                location_id=self.location_id,
                reference=self.reference,
                now=clock.now(),
                dry_run=self.dry_run,
            )
        except DomainError as error:
            self.report.problems.append(_refused(parsed, error.code, str(error)))
        except IntegrityError:
            message = "somebody else changed it at the same time; import the file again"
            self.report.problems.append(_refused(parsed, "changed_meanwhile", message))
        else:
            self.report.add(imported)


def _refused(parsed: ParsedProduct, code: str, message: str) -> RowProblem:
    return RowProblem(
        row=parsed.row,
        line=parsed.line,
        column="Handle",
        code=code,
        message=message,
        value=parsed.handle,
        left_out=LeftOut.PRODUCT,
    )
