"""`manage.py invariants`: whether what must be true of the shops' data is true."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from tqdm import tqdm

from apps.shared import clock
from apps.shared.arguments import ROWS
from apps.shared.errors import DomainError
from apps.shared.invariants.declare import Invariant, declared
from apps.shared.invariants.examine import MOST_NAMED, Examined, examine_shop
from apps.shared.invariants.results import record_results
from apps.shared.schema import use_schema
from tenants.selectors import active_schemas, tenant_by_slug


class Command(BaseCommand):
    help = (
        "Check the invariants of all active shops or of one, on live data, in a snapshot that "
        "locks nothing. Names the rows that break one, keeps the results for /metrics, and exits "
        "with 1 when something is not as it must be or could not be checked. "
        "docs/runbooks/invariants.md says what each check means and what to do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="X", help="the shop's short name (default: all)")
        parser.add_argument(
            "--only",
            metavar="CHECK",
            default="",
            help="an id (STOCK-004), an app (inventory) or the name of one check; not kept then",
        )
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument(
            "--rows",
            type=ROWS,
            default=MOST_NAMED,
            help=f"rows that are named for each check; all are counted ({MOST_NAMED})",
        )
        parser.add_argument(
            "--list", action="store_true", help="say what would be checked, and check nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checks = declared(only=options["only"])
        if not checks:
            raise CommandError(f"There is no check “{options['only']}”; see --list.")
        if options["list"]:
            for one in checks:
                self.stdout.write(f"{one.name:55} {', '.join(one.ids):30} {one.title}")
            return
        found = dict(self._examined(checks, options))
        if options["format"] == "json":
            report = [_as_json(shop, examined) for shop, examined in found.items()]
            self.stdout.write(json.dumps({"shops": report}, indent=2, ensure_ascii=False))
        if told := _summary(found):
            raise CommandError(told)

    def _examined(
        self, checks: list[Invariant], options: dict[str, Any]
    ) -> Iterator[tuple[str, list[Examined] | None]]:
        """By shop; None for one that could not be checked."""
        for shop in self._shops(options["tenant"]):
            try:
                examined = _examine(shop, checks, is_all=not options["only"], most=options["rows"])
            except (DatabaseError, InterfaceError) as error:
                self.stderr.write(f"{shop}: could not be checked: {error}")
                yield shop, None
                continue
            if options["format"] == "table":
                self._print(shop, examined)
            yield shop, examined

    def _shops(self, slug: str | None) -> Iterator[str]:
        try:
            shops = [tenant_by_slug(slug=slug).schema_name] if slug else active_schemas()
        except DomainError as error:
            raise CommandError(str(error)) from error
        # On a terminal only, and beside what is printed.
        yield from tqdm(shops, unit="shop", file=sys.stderr, disable=None, leave=False)

    def _print(self, shop: str, examined: list[Examined]) -> None:
        seconds = sum(one.seconds for one in examined)
        unwell = [one for one in examined if not one.is_well]
        self.stdout.write(
            f"{shop}: {len(examined)} checks, {len(unwell)} not well, {seconds:.1f} s"
        )
        for one in unwell:
            ids = ", ".join(one.invariant.ids)
            what = one.error or f"{one.found.count} rows {one.invariant.severity}"
            self.stdout.write(f"  {one.invariant.name} ({ids}): {what}")
            self.stdout.write(f"    {one.invariant.title}")
            for row in one.found.sample:
                self.stdout.write(f"    {row.row}: expected {row.expected}; found {row.found}")
            if (more := one.found.count - len(one.found.sample)) > 0:
                self.stdout.write(f"    and {more} more")


def _examine(shop: str, checks: list[Invariant], *, is_all: bool, most: int) -> list[Examined]:
    now = clock.now()
    with use_schema(shop):
        examined = examine_shop(now=now, checks=checks, most=most)
    if is_all:
        record_results(schema_name=shop, examined=examined, now=now)
    return examined


def _as_json(shop: str, examined: list[Examined] | None) -> dict[str, Any]:
    return {
        "shop": shop,
        "is_checked": examined is not None,
        "checks": [
            {
                "check": one.invariant.name,
                "ids": list(one.invariant.ids),
                "title": one.invariant.title,
                "severity": str(one.invariant.severity),
                "violations": one.found.count,
                "rows": [asdict(row) for row in one.found.sample],
                "error": one.error,
                "seconds": round(one.seconds, 3),
            }
            for one in examined or ()
        ],
    }


def _summary(found: dict[str, list[Examined] | None]) -> str:
    """What to exit with; empty when all is well."""
    unwell = sum(not one.is_well for examined in found.values() for one in examined or ())
    unreachable = sum(examined is None for examined in found.values())
    told = [f"{unwell} checks are not well"] if unwell else []
    told += [f"{unreachable} shops could not be checked"] if unreachable else []
    return "; ".join(told)
