"""`manage.py stripe_connect --tenant apparel --account acct_…`: Connect, by the operator only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.payments import services
from apps.shared import context
from apps.shared.errors import DomainError
from apps.shared.schema import use_schema
from tenants.selectors import primary_domain, tenant_by_slug


class Command(BaseCommand):
    help = (
        "Let a shop take payments through an account that is connected to the platform's own at "
        "Stripe. The platform's key is used, and its fee kept (STRIPE_CONNECT_…)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="X", help="the shop's short name")
        parser.add_argument("--account", required=True, metavar="acct_…")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_CONNECT_SECRET_KEY:
            raise CommandError("STRIPE_CONNECT_SECRET_KEY is not set.")
        try:
            shop = tenant_by_slug(slug=options["tenant"])
            host = primary_domain(shop)
            with use_schema(str(shop.schema_name)), context.acting(as_actor="stripe_connect"):
                changed = services.connect_account(
                    provider="stripe",
                    values={"connected_account": options["account"]},
                    webhook_url=f"https://{host}/api/v1/webhooks/stripe",
                )
        except DomainError as error:
            details = error.details.get("fields", "")
            raise CommandError(f"{error} {details}".strip()) from error
        self.stdout.write("connected" if changed else "nothing to do")
