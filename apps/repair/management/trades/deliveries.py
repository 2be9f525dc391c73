"""Dead letters, and deliveries that wait for nobody."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import ClassVar

from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import moment, number_of
from apps.shared import clock
from apps.shared.mending import Difference
from apps.shared.outbox.requeue import (
    deliveries_to_requeue,
    difference_of_delivery,
    requeue_delivery,
)
from apps.shared.outbox.wanted import WantedDeliveries


class Deliveries:
    """They are sent again with five new attempts; what is wrong with the handler must be mended
    first."""

    name: ClassVar[str] = "deliveries"
    help: ClassVar[str] = (
        "Events that were not delivered: dead letters (five attempts failed), and deliveries that "
        "are due for more than ten minutes. They get five new attempts. Choose some by --id, "
        "--event or the time of the event; all that is given must fit."
    )
    examples: ClassVar[Sequence[str]] = (
        "deliveries --tenant apparel --dry-run",
        "deliveries --tenant apparel --id 4711 --id 4712",
        "deliveries --all-tenants --event orders.order.paid --since 2026-11-21T13:00 --yes",
    )
    works_in_public: ClassVar[bool] = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--event", default="", metavar="NAME", help="such as orders.order.paid")
        parser.add_argument("--since", type=moment, metavar="TIME", help="events since then (UTC)")
        parser.add_argument("--until", type=moment, metavar="TIME", help="events before then (UTC)")
        parser.add_argument("--dead-only", action="store_true", help="leave stuck ones alone")

    def suspects(self, options: Options) -> list[Suspect]:
        wanted = WantedDeliveries(
            ids=[number_of(one, "delivery") for one in options["id"]],
            event_name=options["event"],
            since=options["since"],
            until=options["until"],
            dead_only=options["dead_only"],
        )
        found = deliveries_to_requeue(wanted=wanted, now=clock.now())
        return [Suspect("event_delivery", key) for key in found]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        return difference_of_delivery(delivery_id=suspect.key, now=clock.now())

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return requeue_delivery(delivery_id=suspect.key, now=clock.now())
