"""Shops with goods and carts, made in bulk for a measurement."""

from dataclasses import dataclass

from django.db import connection, transaction

from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shared.ids import new_id, public_id
from apps.shared.schema import PUBLIC, use_schema

LINES = 2


@dataclass(frozen=True)
class BenchShop:
    """How to reach a shop."""

    slug: str
    host: str
    schema: str


def make_shop(slug: str, *, products: int, variants: int = 1, stock: int = 1_000_000) -> BenchShop:
    """A shop with `products` products of so many variants, `stock` pieces of each on hand."""
    from apps.payments.services import save_account
    from tenants.services import create_tenant

    tenant = create_tenant(
        slug=slug,
        name=slug,
        currency="EUR",
        country="DE",
        owner_email=f"owner@{slug}.example",
        # With one, no mail is sent that would be measured with the rest.
        owner_password="owner-password",
        now=clock.now(),
    )
    shop = BenchShop(slug, f"{slug}.galleria.localhost", tenant.schema_name)
    with use_schema(shop.schema):
        save_account(
            provider="stripe",
            values={
                "secret_key": f"sk_test_{shop.schema}",
                "publishable_key": f"pk_test_{shop.schema}",
                "webhook_secret": "whsec_bench",
            },
        )
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _GOODS:
                cursor.execute(
                    statement, {"products": products, "variants": variants, "stock": stock}
                )
    with use_schema(PUBLIC), connection.cursor() as cursor:
        tables = ", ".join(f"{shop.schema}.{name}" for name in _VACUUMED)
        cursor.execute(f"VACUUM (ANALYZE) {tables}")
    return shop


_VACUUMED = (
    "catalog_product",
    "catalog_productimage",
    "catalog_variant",
    "inventory_stockitem",
)


_GOODS = (
    """
INSERT INTO catalog_product (id, handle, title, body_html, vendor, product_type, tags, options,
    status, published_at, seo_title, seo_description, metadata, created_at, updated_at)
SELECT uuidv7(), 'product-' || i, 'Product number ' || i, '<p>Text</p>', 'Vendor ' || i %% 20,
    'Type ' || i %% 10, ARRAY['tag' || i %% 50, 'all'], ARRAY['Size'], 'active',
    now() - make_interval(secs => i), '', '', '{}', now(), now()
FROM generate_series(1, %(products)s) i
""",
    """
INSERT INTO catalog_productimage (product_id, src, alt, position)
SELECT id, 'https://images.example/' || handle || '.jpg', title, 1 FROM catalog_product
""",
    """
INSERT INTO catalog_variant (id, product_id, sku, title, option_values, position, price_amount,
    currency, inventory_policy, grams, barcode, requires_shipping, taxable, created_at, updated_at)
SELECT uuidv7(), id, upper(handle) || '-' || n, 'Size ' || n, ARRAY['Size ' || n], n,
    500 + (hashtext(handle) & 8191), 'EUR', 'deny', 100, '', true, true, now(), now()
FROM catalog_product CROSS JOIN generate_series(1, %(variants)s) n
""",
    """
INSERT INTO inventory_stockitem
    (variant_id, location_id, on_hand, reserved, backorder_limit, updated_at)
SELECT v.id, l.id, %(stock)s, 0, 0, now() FROM catalog_variant v CROSS JOIN inventory_location l
""",
)

_CARTS = """
WITH goods AS MATERIALIZED (
    SELECT id, price_amount, row_number() OVER (ORDER BY id) AS number, count(*) OVER () AS total
    FROM catalog_variant
), carts AS (
    INSERT INTO cart_cart (id, currency, email, shipping_address, shipping_method_id, metadata,
        version, created_at, updated_at)
    SELECT c, 'EUR', 'ada@shopper.example', %(address)s, m.id, '{}', 4, now(), now()
    FROM unnest(%(ids)s::uuid[]) c CROSS JOIN shipping_shippingmethod m RETURNING id
), numbered AS (SELECT id, floor(random() * 1000000)::int AS pick FROM carts)
INSERT INTO cart_cartline (id, cart_id, variant_id, quantity, unit_price_amount)
SELECT uuidv7(), n.id, g.id, k + 1, g.price_amount
FROM numbered n CROSS JOIN generate_series(0, %(lines)s - 1) k
JOIN goods g ON g.number = 1 + CASE WHEN %(hot)s AND k = 0 THEN 0
    ELSE (n.pick + k * 7) %% (CASE WHEN g.total > 1 THEN g.total ELSE 1 END) END
"""
_ADDRESS = (
    '{"name": "Ada Lovelace", "line1": "1 Street", "city": "London", "postal_code": "E1", '
    '"country": "GB"}'
)


def make_carts(
    shop: BenchShop, count: int, *, hot: bool = False, lines: int = LINES
) -> list[tuple[str, str]]:
    """Carts ready to be completed: (public id, token) each. `hot`: line 1 is always one variant."""
    ids = [new_id() for _ in range(count)]
    with use_schema(shop.schema):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CARTS, {"ids": ids, "address": _ADDRESS, "lines": lines, "hot": hot})
        return [(public_id("cart", one), access_token("cart", one)) for one in ids]
