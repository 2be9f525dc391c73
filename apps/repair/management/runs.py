"""A command that lets trades loose on shops: which shops, asking first, and what came of it."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from apps.repair.management.frame import Options, Repair, Tally, Trade
from apps.shared import context
from apps.shared.errors import DomainError
from apps.shared.ids import new_id, public_id
from apps.shared.operators import operator_name
from apps.shared.schema import PUBLIC, use_schema
from tenants.selectors import active_schemas, tenant_by_slug

NOTHING_DONE, NOT_ALL_MENDED = 1, 3


def add_kind(
    kinds: Any, command: str, name: str, text: str, *, examples: Sequence[str], epilog: str
) -> ArgumentParser:
    """A subcommand that works in chosen shops: `text` is its help, and `examples`, without
    `manage.py` and the `command`, go into the `epilog`."""
    lines = "\n".join(f"  manage.py {command} {one}" for one in examples)
    kind: ArgumentParser = kinds.add_parser(
        name,
        help=text,
        description=text,
        epilog=epilog.format(examples=lines),
        formatter_class=RawDescriptionHelpFormatter,
    )
    add_shops(kind)
    return kind


def add_shops(parser: ArgumentParser) -> None:
    """`--tenant X` or `--all-tenants`."""
    shops = parser.add_mutually_exclusive_group(required=True)
    shops.add_argument("--tenant", metavar="X", help="the shop's short name")
    shops.add_argument("--all-tenants", action="store_true", help="every active shop")


def chosen_shops(options: Options, *, with_public: bool) -> list[tuple[str, str]]:
    """The shops' names and schemas. Raises CommandError for one that there is not."""
    if options["all_tenants"]:
        everywhere = [PUBLIC] if with_public else []
        return [(schema, schema) for schema in [*everywhere, *active_schemas()]]
    if options["tenant"] == PUBLIC and with_public:
        return [(PUBLIC, PUBLIC)]
    try:
        tenant = tenant_by_slug(slug=options["tenant"])
    except DomainError as error:
        raise CommandError(str(error), returncode=NOTHING_DONE) from error
    return [(tenant.slug, tenant.schema_name)]


def add_mending(parser: ArgumentParser) -> None:
    """What every trade has besides its own options."""
    parser.add_argument(
        "--id", action="append", default=[], metavar="ID", help="only this; may be repeated"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print the differences, change nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do it without asking")


class TradeCommand(BaseCommand):
    """Runs one trade in the chosen shops, in the name of who started it."""

    actor: ClassVar[str] = "repair"
    # What it does to rows, in its own words.
    infinitive = "mend"
    participle = "mended"

    def run_trade(self, trade: Trade, options: Options) -> None:
        run = public_id("req", new_id())
        tally = Tally()
        with context.acting(request=run, as_actor=f"{self.actor}:{operator_name()}"):
            for name, schema in chosen_shops(options, with_public=trade.works_in_public):
                with use_schema(schema):
                    tally.add(self._repair(trade, options, name))
        self._conclude(tally, run, dry_run=options["dry_run"])

    def _repair(self, trade: Trade, options: Options, name: str) -> Tally:
        repair = Repair(trade, options, self.stdout.write, self.stderr.write)
        try:
            wrong = repair.look()
        except ValueError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from error
        self.stdout.write(f"{name}: {len(wrong)} {trade.name} to {self.infinitive}")
        if wrong and not options["dry_run"] and self._may_begin(name, len(wrong), options):
            repair.mend(wrong)
        return repair.tally

    def _may_begin(self, name: str, rows: int, options: Options) -> bool:
        if options["yes"]:
            return True
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was changed: nobody is there to be asked. "
                f"Say --yes to {self.infinitive}.",
                returncode=NOTHING_DONE,
            )
        question = f"{self.infinitive.capitalize()} {rows} in {name}? [y/N] "
        return input(question).strip().lower() in ("y", "yes")

    def _conclude(self, tally: Tally, run: str, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write(f"{tally.found} would be {self.participle}; nothing was changed")
        else:
            self.stdout.write(
                f"{tally.mended} {self.participle}, {tally.well_by_now} well by now, "
                f"{tally.failed} failed"
            )
        if tally.mended:
            self.stdout.write(f"in the audit and the logs under request id {run}")
        if tally.failed:
            raise CommandError(
                f"not everything could be {self.participle}", returncode=NOT_ALL_MENDED
            )
