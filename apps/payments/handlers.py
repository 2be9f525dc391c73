"""What payments does when it hears of something."""

from apps.payments import services
from apps.payments.events import ProviderEventReceived
from apps.shared import clock
from apps.shared.events import subscribe


@subscribe(ProviderEventReceived, queue="financial")
def apply_stored_provider_event(event: ProviderEventReceived) -> None:
    """Do what the webhook says."""
    services.apply_provider_event(provider_event_id=event.provider_event_id, now=clock.now())
