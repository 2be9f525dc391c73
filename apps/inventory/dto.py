"""What the inventory app takes and gives."""

from dataclasses import dataclass
from uuid import UUID


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
