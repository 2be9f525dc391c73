"""Each event type as a Django signal, sent by a worker after the commit.

For installed third-party apps: `signal_for(OrderPaid).connect(my_receiver)` in `ready()`. Receivers
get `sender=OrderPaid, event=<OrderPaid …>`. They run as one delivery, which is retried as a whole
when one of them raises: a receiver must bear being called again.
"""

from collections import defaultdict

from django.dispatch import Signal

from apps.shared.events import Event, Subscriber

SIGNAL_SUBSCRIBER = "django_signal"


_SIGNALS: defaultdict[str, Signal] = defaultdict(Signal)


def signal_for(event_type: type[Event]) -> Signal:
    """The signal of an event type; always the same object."""
    return _SIGNALS[event_type.name]


def django_signal_subscriber(event_type: type[Event]) -> Subscriber | None:
    """The delivery that sends the signal, or None while nobody listens."""
    signal = signal_for(event_type)
    if not signal.has_listeners(event_type):
        return None

    def send(event: Event) -> None:
        signal.send(sender=event_type, event=event)

    return Subscriber(SIGNAL_SUBSCRIBER, event_type, send, queue="default", outside=False)
