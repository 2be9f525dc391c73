"""Reading the catalogue."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from apps.catalog.errors import VariantNotFound
from apps.catalog.models import Variant
from apps.catalog.states import InventoryPolicy, ProductStatus


@dataclass(frozen=True)
class SellableVariant:
    """What a cart or an order needs to know of a variant."""

    id: UUID
    product_id: UUID
    sku: str
    product_title: str
    title: str
    price_amount: int
    currency: str
    requires_shipping: bool
    taxable: bool
    is_for_sale: bool


def sellable_variants(*, variant_ids: Collection[UUID]) -> dict[UUID, SellableVariant]:
    """The variants as they are now, by id; unknown ids are left out. One statement."""
    rows = Variant.objects.filter(pk__in=variant_ids).values_list(
        "id",
        "product_id",
        "sku",
        "product__title",
        "title",
        "price_amount",
        "currency",
        "requires_shipping",
        "taxable",
        "product__status",
    )
    return {
        row[0]: SellableVariant(*row[:-1], is_for_sale=row[-1] == ProductStatus.ACTIVE)
        for row in rows
    }


def sellable_variant(*, variant_id: UUID) -> SellableVariant:
    """One variant that is for sale. Raises VariantNotFound."""
    found = sellable_variants(variant_ids=[variant_id]).get(variant_id)
    if found is None or not found.is_for_sale:
        raise VariantNotFound
    return found


def inventory_policy(*, variant_id: UUID) -> InventoryPolicy:
    """What happens when the variant's stock runs out. Raises VariantNotFound."""
    policy = Variant.objects.filter(pk=variant_id).values_list("inventory_policy", flat=True)
    for one in policy:
        return InventoryPolicy(one)
    raise VariantNotFound


def stocked_variants(*, skus: Collection[str]) -> dict[str, tuple[UUID, InventoryPolicy]]:
    """Id and inventory policy by SKU; unknown ones are left out. One statement."""
    rows = Variant.objects.filter(sku__in=skus).values_list("sku", "id", "inventory_policy")
    return {sku: (variant_id, InventoryPolicy(policy)) for sku, variant_id, policy in rows}


def variant_ids() -> list[UUID]:
    """Every variant of the shop, oldest first."""
    return list(Variant.objects.order_by("id").values_list("id", flat=True))
