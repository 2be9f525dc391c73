from ._mark_message_sent import mark_message_sent
from ._queue_message import queue_message
from ._queue_order_confirmation import queue_order_confirmation
from ._queue_refund_confirmation import queue_refund_confirmation
from ._send_message import send_message

__all__ = [
    "mark_message_sent",
    "queue_message",
    "queue_order_confirmation",
    "queue_refund_confirmation",
    "send_message",
]
