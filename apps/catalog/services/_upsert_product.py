from datetime import datetime
from typing import Any

from apps.catalog.importing.outcome import AppliedProduct
from apps.catalog.importing.parsed import ParsedProduct
from apps.catalog.models import Product
from apps.catalog.services._match_variants import VariantMatch, match_variants
from apps.catalog.services._upsert_images import upsert_images
from apps.catalog.services._upsert_variants import upsert_variants
from apps.catalog.states import ProductStatus
from apps.shared.changes import apply_changes, set_changed
from apps.shared.db import joins_transaction

OPTIONAL = (
    "body_html",
    "vendor",
    "product_type",
    "status",
    "seo_title",
    "seo_description",
)


@joins_transaction
def upsert_product(*, parsed: ParsedProduct, currency: str, now: datetime) -> AppliedProduct:
    """Make the shop's product of this handle say what the file says, and nothing more.

    A row that already says it is not written. What the file has no column for stays, and so do
    variants and images it does not name. Prices are amounts of `currency` in minor units.
    The product's row is locked, so two imports of it take turns. A new product of which every
    variant is refused is not made: `product_id` is None.

    Raises OptionsChanged when the file's options do not fit variants that stay.
    """
    product = Product.objects.select_for_update().filter(handle=parsed.handle).first()
    created = product is None
    if product is None:
        product = Product(handle=parsed.handle)
    match = match_variants(product=product, parsed=parsed, created=created)
    if created and not match.pairs:
        return _nothing(match)
    wanted = _wanted(product, parsed, created=created, now=now)
    if created:
        set_changed(product, wanted)
        product.save(force_insert=True)
    changed = not created and apply_changes(product, wanted)
    images = upsert_images(product=product, parsed=parsed)
    variants = upsert_variants(
        product=product, parsed=parsed, match=match, images=images.by_src, currency=currency
    )
    return AppliedProduct(
        product_id=product.pk,
        created=created,
        changed=changed,
        variants=variants,
        variants_kept=len(match.kept),
        images_created=images.created,
        images_changed=images.changed,
        problems=match.problems,
    )


def _nothing(match: VariantMatch) -> AppliedProduct:
    return AppliedProduct(
        product_id=None,
        created=False,
        changed=False,
        variants=(),
        variants_kept=0,
        images_created=0,
        images_changed=0,
        problems=match.problems,
    )


def _wanted(
    product: Product, parsed: ParsedProduct, *, created: bool, now: datetime
) -> dict[str, Any]:
    wanted: dict[str, Any] = {"title": parsed.title}
    for name in OPTIONAL:
        if created or name in parsed.provided:
            wanted[name] = getattr(parsed, name)
    if created or "tags" in parsed.provided:
        wanted["tags"] = list(parsed.tags)
    if created or "options" in parsed.provided:
        wanted["options"] = list(parsed.options)
    if wanted.get("status") == ProductStatus.ACTIVE and product.published_at is None:
        wanted["published_at"] = now
    return wanted
