"""`manage.py repair stock --tenant apparel --dry-run`."""

import getpass
import sys
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.repair.management.frame import Options, Repair, Tally, Trade
from apps.repair.management.trades import TRADES
from apps.shared import context
from apps.shared.errors import DomainError
from apps.shared.ids import new_id, public_id
from apps.shared.schema import PUBLIC, use_schema
from tenants.selectors import active_schemas, tenant_by_slug

NOTHING_DONE, NOT_ALL_MENDED = 1, 3
_EPILOG = """examples:
{examples}

exit codes: 0 all is well or mended; 1 nothing was done (no such shop, not confirmed, bad option);
3 something could not be mended, see above. What is trusted and why: docs/runbooks/repair.md
"""


class Command(BaseCommand):
    help = (
        "Mend what went wrong: find, print what would change (before → after), ask, mend row by "
        "row under lock. Every mended row has an entry in the audit. Running it twice, or twice at "
        "once, does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="trade", required=True, metavar="|".join(TRADES))
        for trade in TRADES.values():
            lines = "\n".join(f"  manage.py repair {one}" for one in trade.examples)
            kind = kinds.add_parser(
                trade.name,
                help=trade.help,
                description=trade.help,
                epilog=_EPILOG.format(examples=lines),
                formatter_class=RawDescriptionHelpFormatter,
            )
            shops = kind.add_mutually_exclusive_group(required=True)
            shops.add_argument("--tenant", metavar="X", help="the shop's short name")
            shops.add_argument("--all-tenants", action="store_true", help="every active shop")
            kind.add_argument(
                "--id", action="append", default=[], metavar="ID", help="only this; may be repeated"
            )
            kind.add_argument(
                "--dry-run", action="store_true", help="print the differences, change nothing"
            )
            kind.add_argument("--yes", action="store_true", help="mend without asking")
            trade.add_arguments(kind)

    def handle(self, *args: Any, **options: Any) -> None:
        trade = TRADES[options["trade"]]
        run = public_id("req", new_id())
        tally = Tally()
        with context.acting(request=run, as_actor=f"repair:{_operator()}"):
            for name, schema in self._shops(trade, options):
                with use_schema(schema):
                    tally.add(self._repair(trade, options, name))
        self._conclude(tally, run, dry_run=options["dry_run"])

    def _shops(self, trade: Trade, options: Options) -> list[tuple[str, str]]:
        """The shops' names and schemas."""
        if options["all_tenants"]:
            everywhere = [PUBLIC] if trade.works_in_public else []
            return [(schema, schema) for schema in [*everywhere, *active_schemas()]]
        if options["tenant"] == PUBLIC and trade.works_in_public:
            return [(PUBLIC, PUBLIC)]
        try:
            tenant = tenant_by_slug(slug=options["tenant"])
        except DomainError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from error
        return [(tenant.slug, tenant.schema_name)]

    def _repair(self, trade: Trade, options: Options, name: str) -> Tally:
        repair = Repair(trade, options, self.stdout.write, self.stderr.write)
        try:
            wrong = repair.look()
        except ValueError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from error
        self.stdout.write(f"{name}: {len(wrong)} {trade.name} to mend")
        if wrong and not options["dry_run"] and self._may_begin(name, len(wrong), options):
            repair.mend(wrong)
        return repair.tally

    def _may_begin(self, name: str, rows: int, options: Options) -> bool:
        if options["yes"]:
            return True
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was changed: nobody is there to be asked. Say --yes to mend.",
                returncode=NOTHING_DONE,
            )
        return input(f"Mend {rows} in {name}? [y/N] ").strip().lower() in ("y", "yes")

    def _conclude(self, tally: Tally, run: str, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write(f"{tally.found} would be mended; nothing was changed")
        else:
            self.stdout.write(
                f"{tally.mended} mended, {tally.well_by_now} well by now, {tally.failed} failed"
            )
        if tally.mended:
            self.stdout.write(f"in the audit and the logs under request id {run}")
        if tally.failed:
            raise CommandError("not everything could be mended", returncode=NOT_ALL_MENDED)


def _operator() -> str:
    """Who runs it, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return "unknown"
