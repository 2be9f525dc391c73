"""`manage.py tenants …`: shops, from their making to their end."""

import getpass
import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from apps.shared import clock
from apps.shared.arguments import ROWS, whole_number
from apps.shared.ids import parse_public_id, public_id
from tenants import directory, selectors, services
from tenants.dto import NewTenant, TenantDetail
from tenants.management.running import EXIT_CODES, run_as_operator

Options = dict[str, Any]
_EPILOG = f"""examples:
  manage.py tenants create kyoto-tea --name "Kyoto Tea" --currency JPY --country JP \\
      --owner owner@tea.example
  manage.py tenants suspend kyoto-tea --why unpaid --dry-run
  manage.py tenants rename kyoto-tea osaka-tea --drop-old-host
  manage.py tenants delete kyoto-tea --days 7
  manage.py tenants restore kyoto-tea

{EXIT_CODES}
docs/runbooks/tenants.md
"""
_STEPS = {
    "suspend": ("its host answers 403 tenant_suspended; its data stays", "suspended"),
    "resume": ("a suspended or archived shop answers again", "active"),
    "archive": ("its host answers 404; its data stays", "archived"),
    "restore": ("cancel a deletion; the shop is what it was before", "kept"),
}
_SERVICES = {"restore": services.cancel_deletion} | {
    name: getattr(services, f"{name}_tenant") for name in ("suspend", "resume", "archive")
}


class Command(BaseCommand):
    help = "Shops, from their making to their end, as by the platform's API and its admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = _EPILOG
        parser.formatter_class = RawDescriptionHelpFormatter
        kinds = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        _add_create(kinds.add_parser("create", help="a usable shop, while you wait"))
        listing = kinds.add_parser("list", help="the newest first, those that are gone included")
        listing.add_argument("--status", help="only those of this status")
        listing.add_argument("--limit", type=ROWS, default=50)
        show = kinds.add_parser("show", help="one shop")
        show.add_argument("shop", help="its short name, or ten_…")
        for one in (listing, show):
            one.add_argument("--format", choices=["table", "json"], default="table")
        for name, (text, _) in _STEPS.items():
            _add_shop(kinds.add_parser(name, help=text))
        rename = kinds.add_parser(
            "rename", help="another short name, and the host that goes with it"
        )
        _add_shop(rename)
        rename.add_argument("slug", help="the new short name")
        rename.add_argument(
            "--drop-old-host", action="store_true", help="the old host answers 404 from now on"
        )
        delete = kinds.add_parser("delete", help="closed at once, and gone after a while")
        _add_shop(delete)
        delete.add_argument(
            "--days",
            type=whole_number(least=0, most=3650),
            help="how long it can be restored; an hour at least (TENANT_DELETION_DAYS)",
        )
        kinds.add_parser("sweep", help="as beat does: go on with what was left, delete what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        acts: dict[str, Callable[[Options], None]] = {
            "create": self._create,
            "list": self._list,
            "show": self._show,
            "rename": self._rename,
            "delete": self._delete,
            "sweep": self._sweep,
        }
        acts.get(options["do"], self._step)(options)

    def _create(self, options: Options) -> None:
        asked = NewTenant(
            slug=options["slug"],
            name=options["name"],
            currency=options["currency"],
            country=options["country"],
            owner_email=options["owner"],
            owner_password=_read_password() if options["password_stdin"] else None,
        )
        if options["dry_run"]:
            self._run(lambda: services.request_tenant(asked=asked, now=clock.now()), options)
            self.stdout.write(f"{asked.slug}: would be made; nothing was changed")
            return
        made = self._run(
            lambda: services.create_tenant(**asked.as_arguments(), now=clock.now()), options
        )
        self.stdout.write(
            f"{made.slug}: ready on {selectors.primary_domain(made)} ({made.public_id})"
        )

    def _step(self, options: Options) -> None:
        name = options["do"]
        shop = _shop(options["shop"])
        self._run(
            lambda: _SERVICES[name](tenant_id=shop.id, why=options["why"], now=clock.now()), options
        )
        self._tell(shop, _STEPS[name][1], options)

    def _rename(self, options: Options) -> None:
        shop = _shop(options["shop"])
        self._run(
            lambda: services.rename_tenant(
                tenant_id=shop.id,
                slug=options["slug"],
                keep_old_host=not options["drop_old_host"],
                why=options["why"],
                now=clock.now(),
            ),
            options,
        )
        self._tell(shop, f"renamed to {options['slug']}", options)

    def _delete(self, options: Options) -> None:
        shop, days = _shop(options["shop"]), options["days"]
        deletion = self._run(
            lambda: services.schedule_deletion(
                tenant_id=shop.id,
                wait=None if days is None else timedelta(days=days),
                why=options["why"],
                now=clock.now(),
            ),
            options,
        )
        self._tell(shop, f"closed; gone after {deletion.due_at:%Y-%m-%d %H:%M} UTC", options)

    def _sweep(self, options: Options) -> None:
        ready = services.resume_provisioning(now=clock.now())
        deleted = services.delete_due_tenants(now=clock.now())
        self.stdout.write(f"{ready} made ready, {deleted} deleted")

    def _run(self, work: Callable[[], Any], options: Options) -> Any:
        return run_as_operator(work, command="tenants", is_dry=options["dry_run"])

    def _tell(self, shop: TenantDetail, done: str, options: Options) -> None:
        told = f"would be {done}; nothing was changed" if options["dry_run"] else done
        self.stdout.write(f"{shop.slug}: {told}")

    def _list(self, options: Options) -> None:
        shops = directory.tenant_page(status=options["status"], after=None, limit=options["limit"])
        if options["format"] == "json":
            self.stdout.write(json.dumps([_as_json(one) for one in shops], indent=2))
            return
        for shop in shops:
            self.stdout.write(_line(shop))

    def _show(self, options: Options) -> None:
        shop = _shop(options["shop"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(_as_json(shop), indent=2))
        else:
            self.stdout.write(_line(shop))


def _add_create(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="its short name: a–z, 0–9, inner hyphens; part of its host")
    parser.add_argument("--name", required=True)
    parser.add_argument("--currency", required=True, help="ISO 4217, of all its prices")
    parser.add_argument("--country", required=True, help="ISO 3166-1, two letters")
    parser.add_argument("--owner", required=True, metavar="EMAIL", help="is sent a link")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the owner's password, send no link"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do not")


def _add_shop(parser: ArgumentParser) -> None:
    parser.add_argument("shop", help="its short name, or ten_…")
    parser.add_argument("--why", default="", help="for the audit")
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do not")


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Owner's password: ")
    return sys.stdin.readline().rstrip("\n")


def _shop(given: str) -> TenantDetail:
    """By its id or its short name. Raises CommandError."""

    def find() -> TenantDetail:
        tenant_id: UUID | None = parse_public_id("ten", given)
        return directory.tenant_detail(
            tenant_id=tenant_id or selectors.tenant_by_slug(slug=given).pk
        )

    return run_as_operator(find, command="tenants")


def _line(shop: TenantDetail) -> str:
    ends = f"  deleted at {shop.deletes_at:%Y-%m-%d %H:%M} UTC" if shop.deletes_at else ""
    identity = public_id("ten", shop.id)
    return f"{identity}  {shop.slug:24} {shop.status:12} {shop.domain or '–'}{ends}"


def _as_json(shop: TenantDetail) -> dict[str, object]:
    return {
        "id": public_id("ten", shop.id),
        "slug": shop.slug,
        "name": shop.name,
        "status": shop.status,
        "domain": shop.domain,
        "provisioning": shop.provisioning,
        "created_at": shop.created_at.isoformat(),
        "deletes_at": shop.deletes_at.isoformat() if shop.deletes_at else None,
    }
