"""`manage.py tenant_restore`: a shop of a backup."""

import re
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.shared import clock, context
from apps.shared.errors import DomainError
from tenants import services
from tenants.backup.errors import BackupError

_NUMBER = re.compile(r"(invoice|credit_note)/(\d{4})=(\d{1,9})")


class Command(BaseCommand):
    help = (
        "Make a shop of a backup. It is compared with what was written before anything can be "
        "used, and starts suspended; other shops are not touched, and no domain is taken from one. "
        "Exits with 1, and leaves nothing, when the backup is not whole or has no place here. "
        "docs/runbooks/backup.md says what to look at before the shop is resumed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="what tenant_backup printed: a path, or s3://bucket/key")
        parser.add_argument(
            "--as",
            dest="slug",
            metavar="NAME",
            help="make a copy under another short name, without accounts at payment providers "
            "(default: the shop itself, under its own)",
        )
        parser.add_argument(
            "--last-number",
            metavar="KIND/YEAR=NUMBER",
            type=_last_number,
            action="append",
            default=[],
            help="the last invoice or credit note that was given out before the shop was lost, "
            "e.g. invoice/2026=1204: numbering goes on after it",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="read and check all of it, say what would be done, and do nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # On a terminal only, and beside what is printed.
        bar = tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None, leave=False)
        with bar, context.acting(as_actor="command:tenant_restore"):
            try:
                done = services.restore_tenant(
                    address=options["file"],
                    as_slug=options["slug"],
                    last_numbers=dict(options["last_number"]),
                    is_rehearsal=options["dry_run"],
                    now=clock.now(),
                    passed=bar.update,
                )
            except (DomainError, BackupError) as error:
                raise CommandError(str(error)) from error
        self._tell(done, is_rehearsal=options["dry_run"])

    def _tell(self, done: services.RestoredTenant, *, is_rehearsal: bool) -> None:
        backup, place = done.manifest, done.place
        lines = [
            f"backup of {backup.slug}, {backup.taken_at:%Y-%m-%d %H:%M:%S} UTC: "
            f"{done.rows} rows, {done.files} files",
            f"{'would become' if is_rehearsal else 'is now'} shop {place.slug} in schema "
            f"{place.schema} on {', '.join(place.domains)}, suspended",
        ]
        lines += [f"{one} answers for another shop and stays there" for one in place.taken]
        if done.is_migrated:
            migrated = "would be migrated" if is_rehearsal else "was migrated"
            lines.append(f"it is older than this version, and {migrated}")
        lines += [f"what lay in the place of its files is now {one}" for one in done.set_aside]
        if place.is_copy:
            lines.append("it is a copy: it has no accounts at payment providers")
        self.stdout.write("\n".join(lines))


def _last_number(text: str) -> tuple[tuple[str, int], int]:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not like invoice/2026=1204 or credit_note/2026=7")
    return (found[1], int(found[2])), int(found[3])
