"""What an operator does with deliveries by choice: send again, give up."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import ClassVar

from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import moment, number_of
from apps.shared import clock
from apps.shared.mending import Difference
from apps.shared.outbox.give_up import difference_of_giving_up, give_up_delivery
from apps.shared.outbox.requeue import (
    deliveries_to_requeue,
    difference_of_delivery,
    requeue_delivery,
)
from apps.shared.outbox.wanted import WantedDeliveries

STATES = ("pending", "running", "done", "dead")


def add_choice(parser: ArgumentParser) -> None:
    """How deliveries are chosen."""
    parser.add_argument("--state", action="append", default=[], choices=STATES)
    parser.add_argument("--name", default="", metavar="EVENT", help="such as orders.order.paid")
    parser.add_argument("--subscriber", default="", metavar="KEY", help="as `events list` shows it")
    parser.add_argument("--since", type=moment, metavar="TIME", help="events since then (UTC)")
    parser.add_argument("--until", type=moment, metavar="TIME", help="events before then (UTC)")


def choice(options: Options) -> WantedDeliveries:
    """The deliveries that the options choose. Raises ValueError for an id that is no number."""
    return WantedDeliveries(
        ids=[number_of(one, "delivery") for one in options.get("id", ())],
        event_name=options["name"],
        subscriber=options["subscriber"],
        states=options["state"],
        since=options["since"],
        until=options["until"],
        even_done=options.get("even_done", False),
    )


class Replay:
    """Five new attempts, from now on."""

    name: ClassVar[str] = "deliveries"
    help: ClassVar[str] = (
        "Send deliveries again: dead letters, and those that are due for more than ten minutes. "
        "What is done is left alone unless --even-done says otherwise. All that is given must fit."
    )
    examples: ClassVar[Sequence[str]] = (
        "replay --tenant apparel --id 4711 --id 4712",
        "replay --all-tenants --name orders.order.paid --since 2026-11-21T13:00 --dry-run",
        "replay --tenant apparel --subscriber apps.finance.issue_invoice_of_paid_order --yes",
        "replay --tenant apparel --id 4711 --even-done",
    )
    works_in_public: ClassVar[bool] = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_choice(parser)
        parser.add_argument(
            "--even-done",
            action="store_true",
            help="what is done, too: its handler runs once more and must bear that",
        )

    def suspects(self, options: Options) -> list[Suspect]:
        found = deliveries_to_requeue(wanted=choice(options), now=clock.now())
        return [Suspect("event_delivery", key) for key in found]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        return difference_of_delivery(
            delivery_id=suspect.key, now=clock.now(), even_done=options["even_done"]
        )

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return requeue_delivery(
            delivery_id=suspect.key, now=clock.now(), even_done=options["even_done"]
        )


class GiveUp:
    """A dead letter is closed as it is."""

    name: ClassVar[str] = "deliveries"
    help: ClassVar[str] = (
        "Give up dead letters: they will not be delivered, and what waits behind them in order "
        "goes on. Each is named by --id."
    )
    examples: ClassVar[Sequence[str]] = (
        "skip --tenant apparel --id 4711 --why 'the shop closed that account'",
    )
    works_in_public: ClassVar[bool] = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--why", required=True, help="for the audit")

    def suspects(self, options: Options) -> list[Suspect]:
        if not options["id"]:
            raise ValueError("Say which, by --id.")
        return [Suspect("event_delivery", number_of(one, "delivery")) for one in options["id"]]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        return difference_of_giving_up(delivery_id=suspect.key, why=options["why"])

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return give_up_delivery(delivery_id=suspect.key, why=options["why"], now=clock.now())
