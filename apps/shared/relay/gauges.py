"""What is on its way in all schemas, for Prometheus, from two small tables in `public`."""

from collections.abc import Iterable

from django.db.models import Count, Min, Sum

from apps.shared import clock
from apps.shared.metrics import Reading, read_at_scrape

from .models import Backlog, Wakeup


@read_at_scrape
def events_on_their_way() -> Iterable[Reading]:
    """What the relays noted, and what they have not come to: a wake-up is at least one delivery.

    Two statements, whatever the number of shops.
    """
    now = clock.now()
    noted = Backlog.objects.aggregate(number=Sum("deliveries"), oldest=Min("oldest_at"))
    untaken = Wakeup.objects.filter(due_at__lte=now).aggregate(
        number=Count("id"), oldest=Min("due_at")
    )
    since = [one["oldest"] for one in (noted, untaken) if one["oldest"]]
    yield Reading(
        name="domain_events_pending",
        help="Deliveries of events that are not made yet, in all shops.",
        values={(): (noted["number"] or 0) + untaken["number"]},
    )
    yield Reading(
        name="event_processing_lag_seconds",
        help="The age of the oldest event of which a delivery is not made yet.",
        values={(): max((now - min(since)).total_seconds(), 0.0) if since else 0.0},
    )
