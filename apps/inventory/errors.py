from apps.shared.errors import Conflict, NotFound, Rejected


class InsufficientStock(Conflict):
    """There is less in stock than was asked for."""

    code = "insufficient_stock"


class LocationNotFound(NotFound):
    """There is no such location."""

    code = "location_not_found"


class InvalidQuantity(Rejected):
    """The quantity must be positive."""

    code = "invalid_quantity"


class NothingToRelease(Conflict):
    """More was to be given back than is held for that line."""

    code = "nothing_to_release"


class NothingToShip(Conflict):
    """More was to be shipped than is held for that line."""

    code = "nothing_to_ship"


class NothingToReturn(Conflict):
    """More was to be taken back than was shipped for that line."""

    code = "nothing_to_return"


class StaleStock(Conflict):
    """The stock is not what it was expected to be; nothing of it was changed."""

    code = "stale_stock"


class InvalidStockRow(Rejected):
    """A row has either a delta, or a quantity and the one that it is expected to replace."""

    code = "invalid_stock_row"


class TooManyStockRows(Rejected):
    """One call takes at most 10,000 rows."""

    code = "too_many_stock_rows"


class StockSyncRefused(Conflict):
    """Some rows cannot be applied, and all or none were wanted; nothing was changed."""

    code = "stock_sync_refused"
