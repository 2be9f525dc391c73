from typing import Any

from apps.catalog.importing.outcome import AppliedVariant
from apps.catalog.importing.parsed import ParsedProduct, ParsedVariant
from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.services._match_variants import VariantMatch
from apps.catalog.states import InventoryPolicy
from apps.shared.changes import apply_changes, set_changed
from apps.shared.db import joins_transaction

OPTIONAL = ("grams", "barcode", "requires_shipping", "taxable", "inventory_policy")
TITLE_WITHOUT_OPTIONS = "Default"


@joins_transaction
def upsert_variants(
    *,
    product: Product,
    parsed: ParsedProduct,
    match: VariantMatch,
    images: dict[str, ProductImage],
    currency: str,
) -> tuple[AppliedVariant, ...]:
    """Write the matched variants where they differ, and make the new ones in one statement."""
    applied, new = [], []
    for position, (variant, found) in enumerate(match.pairs, start=1):
        row = found or Variant(product=product)
        wanted = _wanted(variant, parsed, found, images)
        sku = variant.sku_beside(found.sku if found else None)
        wanted |= {"position": position, "currency": currency, "sku": sku}
        policy = row.inventory_policy
        if found is None:
            set_changed(row, wanted)
            new.append(row)
        changed = found is not None and apply_changes(row, wanted)
        applied.append(
            AppliedVariant(
                variant_id=row.pk,
                parsed=variant,
                created=found is None,
                changed=changed,
                policy=InventoryPolicy(row.inventory_policy),
                policy_changed=found is not None and policy != row.inventory_policy,
            )
        )
    Variant.objects.bulk_create(new)
    return tuple(applied)


def _wanted(
    variant: ParsedVariant,
    parsed: ParsedProduct,
    found: Variant | None,
    images: dict[str, ProductImage],
) -> dict[str, Any]:
    """What the file says of a variant; of an existing one only what it has a column for."""
    wanted: dict[str, Any] = {"price_amount": variant.price_minor}
    for name in OPTIONAL:
        if found is None or name in parsed.provided:
            wanted[name] = getattr(variant, name)
    if found is None or "compare_at_minor" in parsed.provided:
        wanted["compare_at_amount"] = variant.compare_at_minor
    if found is None or "options" in parsed.provided:
        wanted["option_values"] = list(variant.option_values)
        wanted["title"] = " / ".join(variant.option_values) or TITLE_WITHOUT_OPTIONS
    if found is None or "image_src" in parsed.provided:
        image = images.get(variant.image_src) if variant.image_src else None
        wanted["image_id"] = image.pk if image else None
    return wanted
