"""The promise, with prices, names and tax as they were at that moment, and what became of it."""

from apps.orders.models.orders import Order, OrderLine, OrderTransition
from apps.orders.models.shipments import Shipment, ShipmentLine

__all__ = ["Order", "OrderLine", "OrderTransition", "Shipment", "ShipmentLine"]
