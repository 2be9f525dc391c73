from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.catalog import services as catalog
from apps.catalog.importing.outcome import AppliedProduct, AppliedVariant
from apps.catalog.importing.parsed import LeftOut, ParsedProduct, RowProblem
from apps.inventory.services._count_first_stock import FirstCount, count_first_stock
from apps.inventory.services._follow_inventory_policy import follow_inventory_policy
from apps.shared.db import owns_transaction


@dataclass(frozen=True)
class ImportedProduct:
    """What one product's import did; `problems` are what could not be applied."""

    applied: AppliedProduct
    first_counts: int
    pieces: int
    uncounted: int
    problems: tuple[RowProblem, ...]


@owns_transaction
def import_product(
    *,
    parsed: ParsedProduct,
    currency: str,
    location_id: UUID,
    reference: str,
    now: datetime,
    dry_run: bool = False,
) -> ImportedProduct:
    """Bring one product of a file into the shop, with the stock it begins with, or nothing of it.

    Stock is counted once: only a variant that has no stock item at the location gets the file's
    quantity. A negative quantity (oversold elsewhere) begins at 0 and is reported. `uncounted`
    variants have no quantity in the file and begin at 0 as well. With `dry_run` all is done and
    then rolled back, so the answer is what an import would do.

    Raises OptionsChanged.
    """
    applied = catalog.upsert_product(parsed=parsed, currency=currency, now=now)
    for variant in applied.variants:
        if variant.policy_changed:
            follow_inventory_policy(variant_id=variant.variant_id)
    begun = count_first_stock(
        counts=[_first_count(it) for it in applied.variants],
        location_id=location_id,
        reference=reference,
        now=now,
    )
    begun_ids = {one.variant_id for one in begun}
    new = [it for it in applied.variants if it.variant_id in begun_ids]
    if dry_run:
        transaction.set_rollback(True)
    return ImportedProduct(
        applied=applied,
        first_counts=len(begun),
        pieces=sum(one.quantity for one in begun),
        uncounted=sum(it.parsed.inventory_quantity is None for it in new),
        problems=applied.problems + tuple(_oversold(it) for it in new if _quantity(it) < 0),
    )


def _quantity(variant: AppliedVariant) -> int:
    return variant.parsed.inventory_quantity or 0


def _first_count(variant: AppliedVariant) -> FirstCount:
    return FirstCount(
        variant_id=variant.variant_id, quantity=max(_quantity(variant), 0), policy=variant.policy
    )


def _oversold(variant: AppliedVariant) -> RowProblem:
    return RowProblem(
        row=variant.parsed.row,
        line=variant.parsed.line,
        column="Inventory quantity",
        code="quantity_negative",
        message="oversold where it comes from; its stock begins at 0",
        value=str(variant.parsed.inventory_quantity),
        left_out=LeftOut.VALUE,
    )
