from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from apps.catalog import selectors as catalog
from apps.demo.shops import DEMO_SHOPS, PASSWORD, PLATFORM_EMAIL, TOP_UP_TO, DemoShop
from apps.demo.simulated import account_at, simulated_at
from apps.inventory import selectors as inventory
from apps.inventory import services as inventory_services
from apps.payments import selectors as payment_selectors
from apps.payments import services as payments
from apps.payments.gateways import provider_title
from apps.shared.db import outside_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors as tenants
from tenants import services as tenant_services
from tenants.errors import TenantNotFound

Say = Callable[[str], None]


@outside_transaction
def ensure_demo(*, now: datetime, say: Say) -> None:
    """Make what is missing of the demo: two shops with goods, stock and accounts at providers.

    Each step looks first and commits by itself, so that it can be repeated and broken off.
    """
    _ensure_platform_operator()
    for shop in DEMO_SHOPS:
        schema = _ensure_shop(shop, now=now, say=say)
        with use_schema(schema):
            if not catalog.variant_ids():
                say(f"{shop.slug}: importing {shop.file.name}")
                call_command("import_products", str(shop.file), tenant=shop.slug, verbosity=0)
            _top_up(shop, now=now, say=say)
            _connect_payments(shop, say=say)
            _connect_others(shop, say=say)


def _ensure_platform_operator() -> None:
    with use_schema(PUBLIC):
        users = get_user_model().objects
        if not users.filter(email=PLATFORM_EMAIL).exists():
            users.create_superuser(email=PLATFORM_EMAIL, password=PASSWORD, name="Operator")


def _ensure_shop(shop: DemoShop, *, now: datetime, say: Say) -> str:
    try:
        return str(tenants.tenant_by_slug(slug=shop.slug).schema_name)
    except TenantNotFound:
        say(f"making shop {shop.slug}")
    made = tenant_services.create_tenant(
        slug=shop.slug,
        name=shop.name,
        currency="USD",
        country="US",
        owner_email=shop.owner_email,
        owner_password=PASSWORD,
        now=now,
    )
    return str(made.schema_name)


def _top_up(shop: DemoShop, *, now: datetime, say: Say) -> None:
    """Bring every variant to a stock worth trying with, by receipts."""
    location = inventory.default_location()
    variant_ids = catalog.variant_ids()
    available = inventory.available_quantities(variant_ids=variant_ids)
    low = [one for one in variant_ids if available.get(one, 0) < TOP_UP_TO]
    for variant_id in low:
        inventory_services.receive_stock(
            variant_id=variant_id,
            location_id=location.pk,
            quantity=TOP_UP_TO - available.get(variant_id, 0),
            reference="demo top-up",
            now=now,
        )
    if low:
        say(f"{shop.slug}: received stock for {len(low)} variants")


def _connect_payments(shop: DemoShop, *, say: Say) -> None:
    """An account of its own at the simulator, or the Stripe keys that the environment names."""
    own = settings.DEMO_STRIPE_SECRET_KEY
    if own:
        payments.save_account(
            provider="stripe",
            values={
                "secret_key": own,
                "publishable_key": settings.DEMO_STRIPE_PUBLISHABLE_KEY,
                "webhook_secret": settings.DEMO_STRIPE_WEBHOOK_SECRET,
            },
        )
        return
    if not settings.STRIPE_API_BASE:
        say(f"{shop.slug}: no Stripe keys, so no payments")
        return
    changed = payments.connect_account(
        provider="stripe",
        values={
            "secret_key": f"sk_test_{shop.account}",
            "publishable_key": f"pk_test_{shop.account}",
        },
        webhook_url=shop.webhook_url("stripe"),
    )
    if changed:
        say(f"{shop.slug}: payments connected")


def _connect_others(shop: DemoShop, *, say: Say) -> None:
    """Those of the simulator that the shop has no account at yet; real ones have no demo."""
    connected = set(payment_selectors.connected_providers())
    for code in shop.others:
        if code in connected or not simulated_at(code):
            continue
        payments.connect_account(
            provider=code, values=account_at(code, shop), webhook_url=shop.webhook_url(code)
        )
        say(f"{shop.slug}: {provider_title(code)} connected")
