"""`manage.py fleet migrate|status|plan`: the schemas of all shops and this code's migrations."""

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.shared import clock
from apps.shared.arguments import whole_number
from apps.shared.errors import DomainError
from tenants import services
from tenants.fleet.crew import End, Outcome
from tenants.fleet.holding import Busy, Limits
from tenants.fleet.standing import standing
from tenants.management.forecasting import print_forecast
from tenants.selectors import shop_schemas, tenant_by_slug

_MOST_WORKERS = 7  # the pool of a process has eight connections


class Command(BaseCommand):
    help = (
        "Bring the schemas of all shops to the migrations of this code, canaries first and many "
        "at once; say how they stand; say what would be done. A shop that is up to date costs "
        "next to nothing, and a run that ended half way goes on where it stopped. "
        "docs/runbooks/fleet.md says what to do when a shop fails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(
            dest="command", required=True, metavar="migrate|status|plan"
        )
        migrate = commands.add_parser("migrate", help="public, the template, then the shops")
        _add_migrate(migrate)
        status = commands.add_parser("status", help="how many are up to date, and who is not")
        status.add_argument("--format", choices=["table", "json"], default="table")
        status.add_argument("--check", action="store_true", help="exit with 1 when a shop lags")
        plan = commands.add_parser("plan", help="what `migrate` would do; nothing is written")
        plan.add_argument("--sql", action="store_true", help="with the SQL that is replayed")
        for one in (migrate, status, plan):
            one.add_argument(
                "--tenant", metavar="X", action="append", default=[], help="this shop; repeatable"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        schemas = self._schemas(options["tenant"])
        if options["command"] == "status":
            self._status(options)
        elif options["command"] == "plan" or options["dry_run"]:
            print_forecast(schemas, with_sql=options.get("sql", False), out=self.stdout)
        else:
            self._migrate(schemas, options)

    def _schemas(self, slugs: Sequence[str]) -> list[str]:
        try:
            return [tenant_by_slug(slug=one).schema_name for one in slugs] or shop_schemas()
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _migrate(self, schemas: Sequence[str], options: dict[str, Any]) -> None:
        limits = Limits(
            lock=options["lock_timeout"],
            statement=options["statement_timeout"],
            attempts=options["attempts"],
        )
        try:
            prepared = services.prepare_platform(now=clock.now(), limits=limits)
        except Busy as busy:
            raise CommandError(f"Another run is at work on “{busy}”: try again later.") from busy
        if prepared:
            self.stdout.write(f"migrated: {', '.join(prepared)}")
        # On a terminal only, and beside what is printed.
        bar = tqdm(unit="shop", file=sys.stderr, disable=None, leave=False)

        def told(outcome: Outcome, total: int) -> None:
            bar.total = total
            bar.update()
            if outcome.end is not End.DONE:
                self.stderr.write(
                    f"{outcome.schema}: {outcome.end} at {outcome.step}: {outcome.error}"
                )

        with bar:
            run = services.migrate_fleet(
                schemas=schemas,
                canaries=options["canary"],
                workers=options["workers"],
                limits=limits,
                is_replayed=not options["no_replay"],
                told=told,
            )
        self._sum_up(run)

    def _sum_up(self, run: services.FleetRun) -> None:
        ends = [one.end for one in run.outcomes]
        counts = {end: ends.count(end) for end in End}
        steps = sum(len(one.steps) for one in run.outcomes if one.end is End.DONE)
        self.stdout.write(
            f"{counts[End.DONE]} shops brought up to date with {steps} migrations, "
            f"{counts[End.BUSY]} left to another run, {len(run.failed)} failed, "
            f"{len(run.left)} not begun"
        )
        if run.failed:
            raise CommandError(
                "Not all shops are up to date: `fleet status` names them. Those that are go on; "
                "`fleet migrate` takes up the others."
            )

    def _status(self, options: dict[str, Any]) -> None:
        count, lagging = standing(slugs=options["tenant"])
        if options["format"] == "json":
            told = {"shops": count, "lagging": [asdict(one) for one in lagging]}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(f"{count - len(lagging)} of {count} shops are up to date")
            for one in lagging:
                self.stdout.write(
                    f"  {one.slug}: {one.state} {one.step} (attempts: {one.attempts}) {one.error}"
                )
        if options["check"] and lagging:
            raise CommandError(f"{len(lagging)} shops lag")


def _add_migrate(parser: Any) -> None:
    parser.add_argument(
        "--workers", type=whole_number(least=1, most=_MOST_WORKERS), default=4, help="at once (4)"
    )
    parser.add_argument(
        "--canary",
        type=_canaries,
        default=services.Canaries(),
        metavar="N|X,Y",
        help="who goes first: so many shops, or these; when one fails, no other is begun (1)",
    )
    milliseconds = whole_number(least=1, most=3_600_000)
    parser.add_argument(
        "--lock-timeout",
        type=milliseconds,
        default=500,
        metavar="MS",
        help="how long a migration waits for a lock; shoppers wait as long (500)",
    )
    parser.add_argument(
        "--statement-timeout", type=milliseconds, default=60_000, metavar="MS", help="(60000)"
    )
    parser.add_argument(
        "--attempts",
        type=whole_number(least=1, most=100),
        default=6,
        help="how often a shop is tried when a lock was not to be had (6)",
    )
    parser.add_argument("--dry-run", action="store_true", help="as `fleet plan`")
    parser.add_argument(
        "--no-replay", action="store_true", help="run each migration as Django does, in each shop"
    )


def _canaries(text: str) -> services.Canaries:
    if text.isascii() and text.isdigit():
        return services.Canaries(count=int(text))
    try:
        return services.Canaries([tenant_by_slug(slug=one).schema_name for one in text.split(",")])
    except DomainError as error:
        raise ArgumentTypeError(str(error)) from error
