from ._mark_message_sent import mark_message_sent
from ._queue_order_confirmation import queue_order_confirmation
from ._send_message import send_message

__all__ = ["mark_message_sent", "queue_order_confirmation", "send_message"]
