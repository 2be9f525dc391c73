"""`manage.py tenant_backup`: all of one shop in one file."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.shared import clock, context
from apps.shared.errors import DomainError
from tenants import services
from tenants.backup.errors import BackupError


class Command(BaseCommand):
    help = (
        "Write all of a shop, rows and files as of one moment, into one file: compressed, and "
        "encrypted with the first of BACKUP_ENCRYPTION_KEYS. The shop goes on meanwhile. Prints "
        "the file's address; exits with 1, and leaves no file, when it could not be made. "
        "docs/runbooks/backup.md tells the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop", help="the shop's short name")
        parser.add_argument(
            "--to",
            metavar="PLACE",
            default=".",
            help="a folder, or s3://bucket/prefix (default: the present folder)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # On a terminal only, and beside what is printed.
        bar = tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None, leave=False)
        with bar, context.acting(as_actor="command:tenant_backup"):
            try:
                made = services.back_up_tenant(
                    slug=options["shop"], to=options["to"], now=clock.now(), passed=bar.update
                )
            except (DomainError, BackupError) as error:
                raise CommandError(str(error)) from error
        self.stderr.write(
            f"{options['shop']} as of {made.taken_at:%Y-%m-%d %H:%M:%S} UTC: "
            f"{made.rows} rows, {made.files} files, {made.size} bytes"
        )
        self.stdout.write(made.address)
