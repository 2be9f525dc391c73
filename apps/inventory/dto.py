"""What the inventory app takes and gives."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from apps.shared.errors import DomainError


@dataclass(frozen=True, kw_only=True)
class Goods:
    """Pieces of an order's line: still held for it, and sent and not back yet."""

    held: int = 0
    sent: int = 0


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


class Trusted(Enum):
    """Whose number of pieces on hand counts when a row and its movements disagree.

    The ledger: each of its pieces has a reason, a reference and somebody who did it. The row, when
    somebody has just counted and it is right. What is reserved needs no choice: open reservations
    are promises to buyers, and count.
    """

    LEDGER = "ledger"
    ROW = "row"


@dataclass(frozen=True, kw_only=True)
class StockSums:
    """What a stock item comes to by its movements, and what open reservations hold of it."""

    on_hand: int
    reserved: int
    held: int
