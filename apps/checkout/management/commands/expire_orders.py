"""`manage.py expire_orders --dry-run`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.checkout import services
from apps.orders import selectors
from apps.shared import clock, context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from tenants.selectors import active_schemas, tenant_by_slug

_MOST = 1_000_000


class Command(BaseCommand):
    help = (
        "Close unpaid orders whose time is up, in all active shops or in one, and give their stock "
        "back, unless the provider says that they are being paid. A worker does this every minute; "
        "running it besides does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="X", help="the shop's short name (default: all)")
        parser.add_argument(
            "--dry-run", action="store_true", help="write and ask nothing, list what is due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            one = options["tenant"]
            schemas = [tenant_by_slug(slug=one).schema_name] if one else active_schemas()
        except DomainError as error:
            raise CommandError(str(error)) from error
        total = sum(self._expire(schema, dry_run=options["dry_run"]) for schema in schemas)
        self.stdout.write(f"{total} {'would expire' if options['dry_run'] else 'expired'}")

    def _expire(self, schema: str, *, dry_run: bool) -> int:
        with use_schema(schema), context.acting(as_actor="expire_orders"):
            if not dry_run:
                return services.expire_unpaid_orders(now=clock.now(), most=_MOST).closed
            due = selectors.orders_past_their_time(now=clock.now(), limit=_MOST)
            for order_id in due:
                order = selectors.order_by_id(order_id=order_id)
                since = f"{order.expires_at:%Y-%m-%d %H:%M}Z"
                self.stdout.write(f"{schema} {order.number} {order.status} since {since}")
            return len(due)
