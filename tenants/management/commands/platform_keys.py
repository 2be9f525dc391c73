"""`manage.py platform_keys create|list|revoke`: keys of the platform's own API."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.shared import clock
from apps.shared.ids import parse_public_id
from tenants import directory, services
from tenants.management.running import EXIT_CODES, REFUSED, run_as_operator
from tenants.states import Scope


class Command(BaseCommand):
    help = "Keys of the platform's API, /api/v1/tenants on its own host: make, list, revoke."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EXIT_CODES
        parser.formatter_class = RawDescriptionHelpFormatter
        kinds = parser.add_subparsers(dest="do", required=True, metavar="create|list|revoke")
        create = kinds.add_parser("create", help="a new key; it is shown this once")
        create.add_argument("name", help="who uses it, and for what")
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=Scope.values,
            help="what it opens; may be repeated",
        )
        kinds.add_parser("list", help="all keys, the newest first; never the keys themselves")
        revoke = kinds.add_parser("revoke", help="a key that opens nothing from now on")
        revoke.add_argument("key", metavar="ID", help="plk_…")
        revoke.add_argument("--why", default="", help="for the audit")
        for one in (create, revoke):
            _add_dry_run(one)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["do"] == "create":
            self._create(options)
        elif options["do"] == "revoke":
            self._revoke(options)
        else:
            for key in directory.platform_keys():
                self.stdout.write(key)

    def _create(self, options: dict[str, Any]) -> None:
        key, token = run_as_operator(
            lambda: services.create_platform_key(
                name=options["name"],
                scopes=[Scope(one) for one in options["scope"]],
                now=clock.now(),
            ),
            command="platform_keys",
            is_dry=options["dry_run"],
        )
        if options["dry_run"]:
            self.stdout.write(f"would make a key for {', '.join(key.scopes)}; nothing was changed")
            return
        self.stderr.write(f"{key.public_id}: keep this key, it is not shown again")
        self.stdout.write(token)

    def _revoke(self, options: dict[str, Any]) -> None:
        key_id = parse_public_id("plk", options["key"])
        if key_id is None:
            raise CommandError(f"{options['key']!r} is no plk_… id", returncode=REFUSED)
        run_as_operator(
            lambda: services.revoke_platform_key(
                key_id=key_id, why=options["why"], now=clock.now()
            ),
            command="platform_keys",
            is_dry=options["dry_run"],
        )
        done = "would be revoked; nothing was changed" if options["dry_run"] else "revoked"
        self.stdout.write(f"{options['key']}: {done}")


def _add_dry_run(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do not")
