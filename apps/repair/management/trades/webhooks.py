"""What an operator does with stored webhooks by choice."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import ClassVar

from apps.payments import selectors as payments
from apps.payments import services
from apps.payments.dto import WantedWebhooks
from apps.payments.errors import WebhookNotFound
from apps.payments.states import ProviderEventState
from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import moment, number_of
from apps.shared import clock
from apps.shared.mending import Difference

_UNDONE = (ProviderEventState.PARKED, ProviderEventState.DEAD)


def add_choice(parser: ArgumentParser) -> None:
    """How webhooks are chosen."""
    parser.add_argument("--state", action="append", default=[], choices=ProviderEventState.values)
    parser.add_argument("--provider", default="", metavar="CODE", help="such as stripe")
    parser.add_argument("--type", default="", metavar="TYPE", help="the provider's name for it")
    parser.add_argument("--since", type=moment, metavar="TIME", help="that came since then (UTC)")
    parser.add_argument("--until", type=moment, metavar="TIME", help="that came before then (UTC)")


def choice(options: Options) -> WantedWebhooks:
    """The webhooks that the options choose. Raises ValueError for an id that is no number."""
    return WantedWebhooks(
        ids=[number_of(one, "webhook") for one in options.get("id", ())],
        states=options["state"],
        provider=options["provider"],
        event_type=options["type"],
        since=options["since"],
        until=options["until"],
    )


class ReplayWebhooks:
    """As if they had come now; their signatures were good when they did."""

    name: ClassVar[str] = "webhooks"
    help: ClassVar[str] = (
        "Work on stored webhooks once more: those that are parked or dead, or what is chosen. What "
        "was worked on is left alone unless --even-processed says otherwise."
    )
    examples: ClassVar[Sequence[str]] = (
        "replay --tenant apparel --id 4711",
        "replay --all-tenants --provider stripe --since 2026-11-21T13:00 --dry-run",
        "replay --tenant apparel --state processed --since 2026-11-21 --even-processed --yes",
    )
    works_in_public: ClassVar[bool] = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_choice(parser)
        parser.add_argument(
            "--even-processed",
            action="store_true",
            help="what was worked on, too: it changes nothing that is so already",
        )

    def suspects(self, options: Options) -> list[Suspect]:
        wanted = choice(options)
        if options["even_processed"] and not _is_narrow(wanted):
            raise ValueError("What was worked on is replayed by id, type or time only.")
        found = payments.some_webhooks(wanted=wanted)
        if not wanted.ids and not wanted.states and not options["even_processed"]:
            found = [one for one in found if one.state in _UNDONE]
        missing = set(wanted.ids) - {one.pk for one in found}
        return [Suspect("webhook", key) for key in sorted({*missing, *(one.pk for one in found)})]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        found = payments.some_webhooks(wanted=WantedWebhooks(ids=[suspect.key]))
        if not found:
            raise WebhookNotFound
        return payments.difference_of_replay(found[0], even_processed=options["even_processed"])

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return services.replay_provider_event(
            provider_event_id=suspect.key,
            now=clock.now(),
            even_processed=options["even_processed"],
        )


def _is_narrow(wanted: WantedWebhooks) -> bool:
    """Whether it means some, and not all that ever came."""
    return bool(wanted.ids or wanted.event_type or wanted.since)
