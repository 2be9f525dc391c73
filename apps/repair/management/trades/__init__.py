"""What can be repaired, by name."""

from apps.repair.management.frame import Trade
from apps.repair.management.trades.deliveries import Deliveries
from apps.repair.management.trades.payments import Payments
from apps.repair.management.trades.refunds import Refunds
from apps.repair.management.trades.stock import Stock

_ALL: tuple[Trade, ...] = (Payments(), Refunds(), Stock(), Deliveries())
TRADES = {trade.name: trade for trade in _ALL}
