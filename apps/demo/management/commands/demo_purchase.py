"""`manage.py demo_purchase`."""

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.demo.http import StepFailed, Storefront
from apps.demo.purchase import Purchase, buy
from apps.finance import selectors as finance
from apps.shared.ids import parse_public_id
from apps.shared.schema import use_schema
from tenants import selectors as tenants
from tenants.errors import TenantNotFound


class Command(BaseCommand):
    help = (
        "Play a storefront's client against the running platform (`manage.py up`): fill a cart, "
        "order, pay, and wait for invoice and mail; each step with its time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="The shop's short name, e.g. apparel.")
        parser.add_argument("--email", help="The shopper's address (default: a new one each time).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = tenants.tenant_by_slug(slug=options["tenant"])
        except TenantNotFound as error:
            raise CommandError(str(error)) from None
        if not settings.STRIPE_API_BASE:
            raise CommandError("Only with the payment simulator: STRIPE_API_BASE is not set.")
        email = options["email"] or f"ada-{uuid.uuid4().hex[:8]}@shopper.example"
        shop = Storefront(
            host=tenants.primary_domain(tenant), port=settings.HTTP_PORT, say=self.stdout.write
        )
        try:
            bought = buy(shop, provider_url=settings.STRIPE_API_BASE, email=email)
        except StepFailed as error:
            raise CommandError(str(error)) from None
        self._report(bought, schema=tenant.schema_name, email=email)

    def _report(self, bought: Purchase, *, schema: str, email: str) -> None:
        order_id = parse_public_id("ord", bought.order["id"])
        assert order_id is not None  # noqa: S101 - the API gave it
        with use_schema(schema):
            path = storages["private"].path(
                finance.invoice_of_order(order_id=order_id).document_path
            )
        lines = [f"  {it['quantity']} × {it['sku']} {it['title']}" for it in bought.order["lines"]]
        self.stdout.write(
            "\n".join(
                [
                    "",
                    f"order    {bought.order['number']} {bought.order['id']}",
                    f"         {bought.order['status']}, "
                    f"{bought.order['totals']['total']['display']}",
                    *lines,
                    f"payment  {bought.payment['id']} {bought.payment['status']} "
                    f"({bought.payment['provider']} {bought.payment['provider_reference']})",
                    f"invoice  {bought.invoice['number']} {path} ({bought.pdf_bytes} bytes)",
                    *(f"mail     “{one['subject']}” to {email}" for one in bought.mails),
                ]
            )
        )
