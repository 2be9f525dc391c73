"""The product list and page, made in SQL, say what the slow, obvious version says: on random
catalogues, for random queries, page after page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.inventory.models import Location, StockItem
from apps.shared.api.renderers import JSONRenderer
from apps.shared.money import Money, currencies
from tests.catalog.oracle import representation, storefront
from tests.support.client import ShopClient
from tests.support.shops import TestShop

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARED = (
    "vendor",
    "product_type",
    "tags",
    "status",
    "price_range",
    "compare_at_price_min",
    "image",
)
FIELDS = ("handle", "title", *SHARED, "available", "published_at", "updated_at")
ON_PAGES = (*FIELDS, "body_html", "options", "images", "seo", "variants")

# Quotes, backslashes, line ends, what JSON escapes, more than 16 bits, a format's own characters.
texts = st.text(alphabet='aB7 é\u1780😀"\\\n\t%{}<>&\x7f\u2028', max_size=12)


@dataclass(frozen=True)
class VariantCase:
    title: str
    option_values: tuple[str, ...]
    position: int
    price: int
    compare_at: int | None
    stock: tuple[tuple[int, int, int], ...]
    image: int | None
    grams: int
    requires_shipping: bool


@dataclass(frozen=True)
class ProductCase:
    title: str
    body: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    options: tuple[str, ...]
    status: ProductStatus
    published: timedelta
    images: tuple[tuple[str, int], ...]
    variants: tuple[VariantCase, ...]


amounts = st.integers(0, 5) | st.integers(0, 2_000_000) | st.just(9_007_199_254_740_993)
stocks = st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0, 0, 3]))
variants = st.builds(
    VariantCase,
    title=texts,
    option_values=st.lists(texts, max_size=3).map(tuple),
    position=st.integers(1, 3),
    price=amounts,
    compare_at=st.none() | amounts,
    stock=st.lists(stocks, max_size=2).map(tuple),
    image=st.none() | st.integers(0, 2),
    grams=st.integers(0, 5000),
    requires_shipping=st.booleans(),
)
products = st.builds(
    ProductCase,
    title=st.sampled_from(["A", "A", "b", "Ä"]) | texts,
    body=texts,
    vendor=st.sampled_from(["", "Loom", "Éclair & Co"]),
    product_type=st.sampled_from(["", "Shirts"]),
    tags=st.lists(st.sampled_from(["summer", "x,y", '"q"']), max_size=2, unique=True).map(tuple),
    options=st.lists(texts, max_size=3).map(tuple),
    status=st.sampled_from([*[ProductStatus.ACTIVE] * 5, ProductStatus.DRAFT]),
    published=st.sampled_from(
        [timedelta(), timedelta(), timedelta(microseconds=40), timedelta(days=1)]
    ),
    images=st.lists(st.tuples(texts, st.integers(0, 2)), max_size=3).map(tuple),
    variants=st.lists(variants, max_size=3, unique_by=lambda one: one.option_values).map(tuple),
)
queries = st.fixed_dictionaries(
    {"limit": st.integers(1, 4).map(str)},
    optional={
        "sort": st.sampled_from(["-published_at", "published_at", "title", "-title"]),
        "vendor": st.sampled_from(["Loom", "Éclair & Co", "nobody"]),
        "product_type": st.just("Shirts"),
        "tag": st.sampled_from(["summer", "x,y", '"q"', "none"]),
        "handle": st.sampled_from(["thing-0", "thing-1"]),
        "expand": st.just("variants"),
        "fields": st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4).map(",".join),
    },
)


def make(case: ProductCase, number: int, currency: str, places: list[Location]) -> None:
    product = Product.objects.create(
        handle=f"thing-{number}",
        title=case.title,
        body_html=case.body,
        vendor=case.vendor,
        product_type=case.product_type,
        tags=list(case.tags),
        options=list(case.options),
        status=case.status,
        published_at=NOW + case.published,
        seo_title=case.title,
        seo_description=case.body,
    )
    images = [
        ProductImage.objects.create(
            product=product, src=f"https://img.example/{at}", alt=alt, position=position
        )
        for at, (alt, position) in enumerate(case.images)
    ]
    for at, one in enumerate(case.variants):
        picture = images[one.image] if one.image is not None and one.image < len(images) else None
        variant = Variant.objects.create(
            product=product,
            sku=f"THING-{number}-{at}",
            title=one.title,
            option_values=list(one.option_values),
            position=one.position,
            price_amount=one.price,
            compare_at_amount=one.compare_at,
            currency=currency,
            grams=one.grams,
            requires_shipping=one.requires_shipping,
            image=picture,
        )
        for place, (on_hand, reserved, floor) in zip(places, one.stock, strict=False):
            StockItem.objects.create(
                variant=variant,
                location=place,
                on_hand=on_hand,
                reserved=min(reserved, on_hand + floor),
                backorder_limit=floor,
            )


def slow_pages(query: dict[str, str]) -> Iterator[list[Any]]:
    """The pages of the list, from the models."""
    sort, limit = query.get("sort", "-published_at"), int(query["limit"])
    filters: dict[str, Any] = {
        name: query[name] for name in ("vendor", "product_type", "handle") if name in query
    }
    if "tag" in query:
        filters["tags__contains"] = [query["tag"]]
    after, expanded = None, "expand" in query
    while True:
        rows = storefront.listed_products(
            filters=filters,
            sort_by=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            after=after,
            limit=limit + 1,
        )
        shown = rows[:limit]
        related = storefront.listing_details(
            product_ids=[row["id"] for row in shown], whole_variants=expanded
        )
        yield [
            only(query, representation.summary_json(row, related, with_variants=expanded))
            for row in shown
        ]
        if len(rows) <= limit:
            return
        after = (shown[-1][sort.removeprefix("-")], shown[-1]["id"])


def slow_page(product_id: UUID, query: dict[str, str]) -> Any:
    """A product's page, from the models."""
    product = storefront.shown_product(product_id=product_id)
    related = storefront.product_details(product_id=product_id)
    return only(query, representation.product_json(product, related))


def only(query: dict[str, str], whole: dict[str, Any]) -> Any:
    """The wanted members, as they would be read from the answer."""
    wanted = {"object", "id", *query["fields"].split(",")} if "fields" in query else set(whole)
    chosen = {name: value for name, value in whole.items() if name in wanted}
    return json.loads(JSONRenderer().render(chosen))


def ordered(value: Any) -> Any:
    """Objects as pairs, so that the order of members counts."""
    if isinstance(value, dict):
        return [(name, ordered(member)) for name, member in value.items()]
    return [ordered(one) for one in value] if isinstance(value, list) else value


def fast_pages(client: ShopClient, query: dict[str, str]) -> Iterator[list[Any]]:
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(f"products?{urlencode({**query, **cursor})}")
        assert answer.status_code == 200, answer.content
        body = answer.json()
        yield body["data"]
        if not body["has_more"]:
            assert body["next_cursor"] is None
            return
        cursor = {"cursor": body["next_cursor"]}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    catalogue=st.lists(products, max_size=6),
    currency=st.sampled_from(["USD", "JPY", "KWD", "CLF"]),
    asked=st.lists(queries, min_size=1, max_size=4),
    page_fields=st.none() | st.lists(st.sampled_from(ON_PAGES), min_size=1, max_size=4),
)
def test_lists_and_pages_say_what_the_slow_version_says(
    shop_a: TestShop,
    client_a: ShopClient,
    catalogue: list[ProductCase],
    currency: str,
    asked: list[dict[str, str]],
    page_fields: list[str] | None,
) -> None:
    with transaction.atomic():
        places = [
            Location.objects.get(),
            Location.objects.create(name="Closed", is_active=False),
        ]
        for number, case in enumerate(catalogue):
            make(case, number, currency, places)
        for query in asked:
            fast = list(fast_pages(client_a, query))
            assert ordered(fast) == ordered(list(slow_pages(query))), query
        chosen = {"fields": ",".join(page_fields)} if page_fields else {}
        for product in Product.objects.filter(status=ProductStatus.ACTIVE):
            answer = client_a.get(f"products/{product.public_id}?{urlencode(chosen)}")
            assert ordered(answer.json()) == ordered(slow_page(product.pk, chosen))
        transaction.set_rollback(True)


@pytest.mark.parametrize("amount", [0, 1, 999, 1_000, 123_456_789, 9_223_372_036_854_775_807])
def test_money_is_shown_alike_in_every_currency(shop_a: TestShop, amount: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, {shop_a.schema}.catalog_money(%s, code) FROM unnest(%s::text[]) code",
            [amount, currencies()],
        )
        shown = dict(cursor.fetchall())
    assert shown == {code: Money(amount, code).as_json() for code in currencies()}
