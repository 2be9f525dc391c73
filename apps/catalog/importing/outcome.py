"""What applying a parsed product to the shop did."""

from dataclasses import dataclass
from uuid import UUID

from apps.catalog.importing.parsed import ParsedVariant, RowProblem
from apps.catalog.states import InventoryPolicy


@dataclass(frozen=True, slots=True)
class AppliedVariant:
    """One variant of the file and the row it became. `policy` is what the shop has now; those
    who keep stock keep a floor under it by that."""

    variant_id: UUID
    parsed: ParsedVariant
    created: bool
    changed: bool
    policy: InventoryPolicy
    policy_changed: bool


@dataclass(frozen=True, slots=True)
class AppliedProduct:
    """`changed` speaks of the product's own row; its variants and images are counted apart.

    `variants_kept` counts those the shop has and the file does not name (or names in a row that
    was refused): they stay, because stock and orders hang on them. `problems` are variants that
    could not be applied. `product_id` is None when that left nothing of a new product.
    """

    product_id: UUID | None
    created: bool
    changed: bool
    variants: tuple[AppliedVariant, ...]
    variants_kept: int
    images_created: int
    images_changed: int
    problems: tuple[RowProblem, ...]

    @property
    def touched(self) -> bool:
        """Whether anything at all was written."""
        own = self.created or self.changed or self.images_created or self.images_changed
        return bool(own) or any(it.created or it.changed for it in self.variants)
