"""`manage.py expire_carts --tenant apparel --dry-run`."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.cart import selectors, services
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from tenants.selectors import active_schemas, tenant_by_slug

logger = logging.getLogger(__name__)
_AT_ONCE = 10_000


class Command(BaseCommand):
    help = (
        "Delete open carts that nobody has changed for as long as the shop's settings say (90 days "
        "unless they say otherwise), in all active shops or in one. Completed carts stay. A worker "
        "does this every night; running it besides, or again after it was stopped, does no harm. "
        "Exit codes: 0 done, 1 some shop failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="X", help="the shop's short name (default: all)")
        parser.add_argument(
            "--dry-run", action="store_true", help="delete nothing, say how many would be"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            one = options["tenant"]
            schemas = [tenant_by_slug(slug=one).schema_name] if one else active_schemas()
        except DomainError as error:
            raise CommandError(str(error)) from error
        work = self._count if options["dry_run"] else self._expire
        total, failed = 0, []
        for number, schema in enumerate(schemas, start=1):
            try:
                with use_schema(schema), context.acting(as_actor="command:expire_carts"):
                    total += work(f"{number}/{len(schemas)} {schema}:")
            except Exception as error:
                logger.exception("carts.expiry_failed", extra={"schema": schema})
                self.stderr.write(f"{schema}: {type(error).__name__}: {error}")
                failed.append(schema)
        self.stdout.write(f"{total} carts {'would be' if options['dry_run'] else 'were'} deleted")
        if failed:
            raise CommandError(f"{len(failed)} shops failed: {', '.join(failed)}")

    def _count(self, prefix: str) -> int:
        before = selectors.carts_end_before(now=clock.now())
        count = 0 if before is None else selectors.count_carts_past_their_time(before=before)
        self.stdout.write(f"{prefix} {count} would be deleted")
        return count

    def _expire(self, prefix: str) -> int:
        now, deleted = clock.now(), 0
        while count := services.expire_carts(now=now, most=_AT_ONCE):
            deleted += count
            self.stdout.write(f"{prefix} {deleted} deleted")
            if count < _AT_ONCE:
                break
        return deleted
