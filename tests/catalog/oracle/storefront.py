"""Reading what shoppers see: products that are for sale, in a fixed number of statements."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.catalog.errors import ProductNotFound
from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.inventory.selectors import available_quantities
from tests.catalog.oracle.keyset import in_order

Row = Mapping[str, Any]

_PRODUCT = (
    "id",
    "handle",
    "title",
    "vendor",
    "product_type",
    "tags",
    "status",
    "options",
    "published_at",
    "updated_at",
)
_PRODUCT_PAGE = (*_PRODUCT, "body_html", "seo_title", "seo_description")
_PRICES = ("id", "product_id", "price_amount", "compare_at_amount", "currency")
_VARIANT = (
    *_PRICES,
    "sku",
    "title",
    "option_values",
    "position",
    "barcode",
    "grams",
    "requires_shipping",
    "image__src",
    "image__alt",
    "image__position",
)
_IMAGE = ("product_id", "src", "alt", "position")


@dataclass(frozen=True)
class Related:
    """What belongs to some products, by product id, and quantities by variant id."""

    variants: Mapping[UUID, Sequence[Row]]
    images: Mapping[UUID, Sequence[Row]]
    quantities: Mapping[UUID, int]


def listed_products(
    *,
    filters: Mapping[str, Any],
    sort_by: str,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Row]:
    """At most `limit` active products behind the position `after`. One statement, one table.

    `filters` are arguments of the ORM's filter; `sort_by` needs an index with `id` behind it.
    """
    active = Product.objects.filter(status=ProductStatus.ACTIVE, **filters)
    rows = in_order(active, by=sort_by, descending=descending, after=after)
    return list(rows.values(*_PRODUCT)[:limit])


def shown_product(*, product_id: UUID) -> Row:
    """One active product. Raises ProductNotFound, also for drafts and archived ones."""
    active = Product.objects.filter(pk=product_id, status=ProductStatus.ACTIVE)
    found: Row | None = active.values(*_PRODUCT_PAGE).first()
    if found is None:
        raise ProductNotFound
    return found


def listing_details(*, product_ids: Collection[UUID], whole_variants: bool) -> Related:
    """Prices (or whole variants), the first image and stock. Three statements."""
    first_images = ProductImage.objects.order_by("product_id", "position", "id")
    return _related(
        product_ids,
        variant_fields=_VARIANT if whole_variants else _PRICES,
        images=first_images.distinct("product_id").values(*_IMAGE),
    )


def product_details(*, product_id: UUID) -> Related:
    """Variants, all images and stock. Three statements."""
    images = ProductImage.objects.order_by("position", "id").values(*_IMAGE)
    return _related([product_id], variant_fields=_VARIANT, images=images)


def _related(
    product_ids: Collection[UUID], *, variant_fields: Sequence[str], images: Any
) -> Related:
    mine = Variant.objects.filter(product_id__in=product_ids).order_by("position", "id")
    variants = list(mine.values(*variant_fields))
    return Related(
        variants=_by_product(variants),
        images=_by_product(images.filter(product_id__in=product_ids)),
        quantities=Counter(available_quantities(variant_ids=[row["id"] for row in variants])),
    )


def _by_product(rows: Sequence[Row]) -> dict[UUID, list[Row]]:
    grouped: dict[UUID, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["product_id"], []).append(row)
    return grouped
