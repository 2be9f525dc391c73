from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from apps.catalog import selectors as catalog
from apps.catalog.errors import VariantNotFound
from apps.catalog.states import InventoryPolicy
from apps.inventory import selectors
from apps.inventory.dto import StockRow, StockRowResult
from apps.inventory.errors import (
    InsufficientStock,
    InvalidQuantity,
    InvalidStockRow,
    LocationNotFound,
    StaleStock,
    StockSyncRefused,
    TooManyStockRows,
)
from apps.inventory.models import StockItem
from apps.inventory.services._move_stock import Move, move_stock
from apps.inventory.services._start_stock_items import start_stock_items
from apps.inventory.states import MovementReason
from apps.shared.db import owns_transaction
from apps.shared.errors import DomainError

MOST_ROWS = 10_000
_MOST_PIECES = 1_000_000_000
Key = tuple[UUID, UUID]


@dataclass(frozen=True)
class _Known:
    """A row that is well-formed, and whose SKU and location there are."""

    row: StockRow
    key: Key
    policy: InventoryPolicy

    @property
    def may_begin(self) -> bool:
        """Whether it can be applied where nothing is on hand, and leaves something there."""
        return bool(self.row.quantity and not self.row.expected) or (self.row.delta or 0) > 0


@owns_transaction
def sync_stock(
    *,
    rows: Sequence[StockRow],
    mode: Literal["per_item", "atomic"],
    reference: str,
    now: datetime,
    dry_run: bool = False,
) -> list[StockRowResult]:
    """Take over what another system (an ERP, a scanner) says of what is on hand (STOCK-007).

    Rows are applied in their order, under locks taken in primary-key order, each with a movement
    of reason `sync`. A row is refused, and touches nothing, when its `expected` is not what is on
    hand (StaleStock), when what is reserved would not be covered (InsufficientStock), or when it
    makes no sense (InvalidStockRow, InvalidQuantity, VariantNotFound, LocationNotFound). With
    `per_item` the others are applied; with `atomic` one refused row refuses all. With `dry_run` all
    is done and then rolled back.

    The number of statements does not grow with the rows; 10,000 take about 2 s.

    Raises TooManyStockRows; StockSyncRefused in `atomic` mode, naming the refused rows.
    """
    if len(rows) > MOST_ROWS:
        raise TooManyStockRows(rows=len(rows), most=MOST_ROWS)
    known = _look_up(rows)
    items = _lock([one for one in known if isinstance(one, _Known)])
    results = [
        StockRowResult(error=one) if isinstance(one, DomainError) else _apply(one, items)
        for one in known
    ]
    refused = [(index, one.error) for index, one in enumerate(results) if one.error]
    if refused and mode == "atomic":
        raise StockSyncRefused(
            rows=[{"row": index, "code": error.code, **error.details} for index, error in refused]
        )
    moves = [
        Move(
            stock_item_id=items[one.key].pk,
            reason=MovementReason.SYNC,
            on_hand=result.changed_by,
            reference_type="sync",
            reference_id=reference[:64],
        )
        for one, result in zip(known, results, strict=True)
        if isinstance(one, _Known) and result.changed_by
    ]
    move_stock(moves=moves, now=now)
    if dry_run:
        transaction.set_rollback(True)
    return results


def _look_up(rows: Sequence[StockRow]) -> list[_Known | DomainError]:
    variants = catalog.stocked_variants(skus={row.sku for row in rows})
    locations = selectors.location_ids(names={row.location for row in rows if row.location})
    if any(not row.location for row in rows):
        locations[""] = selectors.default_location().pk
    found: list[_Known | DomainError] = []
    for row in rows:
        if problem := _problem(row):
            found.append(problem)
        elif row.sku not in variants:
            found.append(VariantNotFound(sku=row.sku))
        elif row.location not in locations:
            found.append(LocationNotFound(location=row.location))
        else:
            variant_id, policy = variants[row.sku]
            found.append(_Known(row, (variant_id, locations[row.location]), policy))
    return found


def _problem(row: StockRow) -> DomainError | None:
    is_delta = row.delta is not None and row.quantity is None and row.expected is None
    is_exchange = row.delta is None and row.quantity is not None and row.expected is not None
    if not is_delta and not is_exchange:
        return InvalidStockRow(sku=row.sku)
    if row.quantity is not None and row.quantity < 0:
        return InvalidQuantity("There cannot be less than nothing on hand.", sku=row.sku)
    if abs(row.delta or row.quantity or 0) > _MOST_PIECES:
        return InvalidQuantity("The quantity is out of range.", sku=row.sku)
    return None


def _lock(known: list[_Known]) -> dict[Key, StockItem]:
    """The stock items of the rows, locked; new ones where a row can begin one."""
    keys = {one.key for one in known}
    places = {
        "variant_ids": {variant_id for variant_id, _ in keys},
        "location_ids": {location_id for _, location_id in keys},
    }
    there = selectors.stock_item_keys(**places)
    if missing := {one.key: one.policy for one in known if one.may_begin and one.key not in there}:
        start_stock_items(wanted=missing)
        there = selectors.stock_item_keys(**places)
    locked = selectors.stock_items_by_key_for_update(
        keys=[primary_key for key, primary_key in there.items() if key in keys]
    )
    return {(item.variant_id, item.location_id): item for item in locked.values()}


def _apply(one: _Known, items: dict[Key, StockItem]) -> StockRowResult:
    """Change the item in memory, so that a later row of the same SKU sees it; or refuse."""
    item = items.get(one.key) or StockItem()
    row, before = one.row, item.on_hand
    if row.expected is not None and row.expected != before:
        error: DomainError = StaleStock(sku=row.sku, expected=row.expected, on_hand=before)
        return StockRowResult(on_hand=before, error=error)
    after = row.quantity if row.quantity is not None else before + (row.delta or 0)
    if after < 0 or item.reserved > after + item.backorder_limit:
        error = InsufficientStock(sku=row.sku, requested=before - after, available=item.available)
        return StockRowResult(on_hand=before, error=error)
    if after > _MOST_PIECES:
        error = InvalidQuantity("The quantity is out of range.", sku=row.sku)
        return StockRowResult(on_hand=before, error=error)
    item.on_hand = after
    return StockRowResult(changed_by=after - before, on_hand=after)
