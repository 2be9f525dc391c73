from ._mark_message_sent import mark_message_sent
from ._queue_message import queue_message
from ._queue_order_confirmation import queue_order_confirmation
from ._queue_password_link import queue_password_link
from ._queue_payment_reminder import queue_payment_reminder
from ._queue_payment_reminders import queue_payment_reminders
from ._queue_refund_confirmation import queue_refund_confirmation
from ._release_message import release_message
from ._send_message import send_message
from ._withdraw_message import withdraw_message
from ._withhold_message import withhold_message

__all__ = [
    "mark_message_sent",
    "queue_message",
    "queue_order_confirmation",
    "queue_password_link",
    "queue_payment_reminder",
    "queue_payment_reminders",
    "queue_refund_confirmation",
    "release_message",
    "send_message",
    "withdraw_message",
    "withhold_message",
]
