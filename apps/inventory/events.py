"""What happens to stock."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class StockRanLow(Event):
    """What can be sold of a stock item fell to its threshold, or below; see `states.runs_low`."""

    name = "inventory.stock_item.ran_low"
    aggregate_field = "stock_item_id"

    stock_item_id: int
    variant_id: str
    location_id: str
    available: int
    threshold: int
