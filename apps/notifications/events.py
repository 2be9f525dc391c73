"""What happens to messages."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class MessageQueued(Event):
    """A message is written down and waits to be sent."""

    name = "notifications.message.queued"
    aggregate_field = "message_id"

    message_id: str
    kind: str
