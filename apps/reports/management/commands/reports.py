"""`manage.py reports rebuild --tenant apparel --from 2026-11-01 --dry-run`."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.reports import services
from apps.reports.dto import Change
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from tenants.selectors import active_schemas, tenant_by_slug

NOT_REBUILT = 1


class Command(BaseCommand):
    help = (
        "Count the daily figures of all active shops, or of one, anew from orders and books; print "
        "what differed. Each shop is one transaction, events may keep arriving, and running it "
        "twice does no harm. Exit codes: 0 the figures are true (with --dry-run: were shown), "
        "1 some shop could not be counted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="rebuild")
        rebuild = actions.add_parser("rebuild", help=self.help, description=self.help)
        rebuild.add_argument("--tenant", metavar="X", help="the shop's short name (default: all)")
        rebuild.add_argument("--from", dest="first", metavar="YYYY-MM-DD", type=date.fromisoformat)
        rebuild.add_argument("--to", dest="last", metavar="YYYY-MM-DD", type=date.fromisoformat)
        rebuild.add_argument("--dry-run", action="store_true", help="show, and leave as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first and last and first > last:
            raise CommandError("--from is after --to", returncode=NOT_REBUILT)
        failed = 0
        for schema in _schemas(options["tenant"]):
            try:
                changes = _rebuild(schema, first, last, writes=not options["dry_run"])
            except Exception as error:
                # The other shops are no worse for it; the exit code tells.
                failed += 1
                self.stderr.write(f"{schema}: {type(error).__name__}: {error}")
                continue
            for one in changes:
                self.stdout.write(f"{schema} {_told(one)}")
            done = "would change" if options["dry_run"] else "changed"
            self.stdout.write(f"{schema}: {len(changes)} figures {done}")
        if failed:
            raise CommandError(f"{failed} shops were not counted", returncode=NOT_REBUILT)


def _schemas(slug: str | None) -> list[str]:
    try:
        return [tenant_by_slug(slug=slug).schema_name] if slug else active_schemas()
    except DomainError as error:
        raise CommandError(str(error), returncode=NOT_REBUILT) from error


def _rebuild(schema: str, first: date | None, last: date | None, *, writes: bool) -> list[Change]:
    with use_schema(schema), context.acting(as_actor="command:reports"):
        return services.rebuild_figures(now=clock.now(), first=first, last=last, writes=writes)


def _told(change: Change) -> str:
    kept, true = change.kept or "nothing", change.true or "nothing"
    return f"{change.on} {change.currency}: {kept} -> {true}"
