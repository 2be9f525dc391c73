"""What the inventory app takes and gives."""

from dataclasses import dataclass
from uuid import UUID

from apps.shared.errors import DomainError


@dataclass(frozen=True)
class LineQuantity:
    """So many pieces of one order line."""

    order_line_id: UUID
    quantity: int


@dataclass(frozen=True)
class Reference:
    """What a movement is for, such as ("shipment", "shm_0197…"); `id` has at most 64 characters."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """What another system says of a SKU at a location (a name; empty: the shop's first one).

    Either `delta`, so many more or fewer on hand, or `quantity`, so many on hand where the other
    system believes that there are `expected` now.
    """

    sku: str
    location: str = ""
    delta: int | None = None
    quantity: int | None = None
    expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class StockRowResult:
    """What came of a row, in the order of the rows; one that was refused touched nothing.

    `on_hand` is what there is after it, None where nothing is known of SKU or location.
    """

    changed_by: int = 0
    on_hand: int | None = None
    error: DomainError | None = None
