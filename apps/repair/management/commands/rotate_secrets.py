"""`manage.py rotate_secrets --all-tenants`: encrypt stored secrets anew, with the newest key."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.repair.management.runs import add_shops, chosen_shops
from apps.shared.reencryption import reencrypt
from apps.shared.schema import use_schema

NOT_ALL = 3


class Command(BaseCommand):
    help = (
        "Encrypt stored secrets anew with the first of FIELD_ENCRYPTION_KEYS, after a new key was "
        "put there; then the old one may be taken away. May be broken off and run again. Exit "
        "codes: 0 done, 1 no such shop, 3 some secret is under a key that is gone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_shops(parser)
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        lost = []
        for name, schema in chosen_shops(options, with_public=True):
            try:
                with use_schema(schema):
                    rows = reencrypt(writes=not options["dry_run"])
            except InvalidToken:
                lost.append(name)
                self.stderr.write(f"{name}: a secret is under a key that is gone")
                continue
            done = "would be encrypted anew" if options["dry_run"] else "encrypted anew"
            self.stdout.write(f"{name}: {rows} rows {done}")
        if lost:
            raise CommandError("not all could be encrypted anew", returncode=NOT_ALL)
