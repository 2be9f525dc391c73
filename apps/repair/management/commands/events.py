"""`manage.py events list|show|lag|replay|skip`: what is on its way, and sending it again."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from apps.repair.management.event_lines import (
    delivery_as_json,
    delivery_line,
    event_lines,
    lag_lines,
)
from apps.repair.management.frame import Options, Trade
from apps.repair.management.runs import (
    NOTHING_DONE,
    TradeCommand,
    add_kind,
    add_mending,
    chosen_shops,
)
from apps.repair.management.trades.events import GiveUp, Replay, add_choice, choice
from apps.shared import clock
from apps.shared.arguments import ROWS, SECONDS
from apps.shared.outbox.look import backlog, event_with_deliveries, some_deliveries
from apps.shared.schema import use_schema

LATE = 4
_EPILOG = """examples:
{examples}

exit codes: 0 done; 1 nothing was done (no such shop or event, not confirmed); 2 there is no
such option; 3 something could not be sent again; 4 more lag than --fail-over.
See docs/runbooks/events.md
"""
_LIST_EXAMPLES = (
    "list --tenant apparel --state dead",
    "list --all-tenants --name orders.order.paid --since 2026-11-21T13:00 --format json",
)
_SHOW_EXAMPLES = ("show 4711 --tenant apparel", "show 0197c2… --all-tenants")
_LAG_EXAMPLES = ("lag --all-tenants", "lag --tenant apparel --fail-over 300")
_TRADES: Final[dict[str, Trade]] = {"replay": Replay(), "skip": GiveUp()}
_WORDS: Final = {"replay": ("send again", "sent again"), "skip": ("give up", "given up")}


class Command(TradeCommand):
    help = "Events and their deliveries: what waits, what failed and why, and sending it again."
    actor = "events"

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="do", required=True, metavar="list|show|lag|replay|skip")
        listing = _kind(kinds, "list", "Deliveries, the newest first.", _LIST_EXAMPLES)
        add_choice(listing)
        listing.add_argument("--limit", type=ROWS, default=50, help="of each shop (50)")
        listing.add_argument("--format", choices=["table", "json"], default="table")
        show = _kind(kinds, "show", "An event with its payload and deliveries.", _SHOW_EXAMPLES)
        show.add_argument("key", metavar="ID", help="a delivery's number or an event's id")
        lag = _kind(kinds, "lag", "What waits, by subscriber, and for how long.", _LAG_EXAMPLES)
        lag.add_argument(
            "--fail-over", type=SECONDS, metavar="SECONDS", help="exit with 4 when more lags"
        )
        for name, trade in _TRADES.items():
            kind = _kind(kinds, name, trade.help, trade.examples)
            add_mending(kind)
            trade.add_arguments(kind)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["do"] in _TRADES:
            self.infinitive, self.participle = _WORDS[options["do"]]
            self.run_trade(_TRADES[options["do"]], options)
            return
        {"list": self._list, "show": self._show, "lag": self._lag}[options["do"]](options)

    def _list(self, options: Options) -> None:
        for name, schema in chosen_shops(options, with_public=True):
            with use_schema(schema):
                rows = some_deliveries(wanted=choice(options), limit=options["limit"])
            for row in rows:
                is_json = options["format"] == "json"
                self.stdout.write(
                    delivery_as_json(name, row) if is_json else f"{name}  {delivery_line(row)}"
                )

    def _show(self, options: Options) -> None:
        for name, schema in chosen_shops(options, with_public=True):
            with use_schema(schema):
                found = event_with_deliveries(key=options["key"])
            if found is not None:
                self.stdout.write("\n".join([name, *event_lines(*found)]))
                return
        raise CommandError(f"There is no event {options['key']}.", returncode=NOTHING_DONE)

    def _lag(self, options: Options) -> None:
        now = clock.now()
        worst = 0.0
        for name, schema in chosen_shops(options, with_public=True):
            with use_schema(schema):
                found = backlog()
            if found or not options["all_tenants"]:
                self.stdout.write("\n".join(lag_lines(name, found, now=now)))
            ages = [(now - one.oldest_at).total_seconds() for one in found if one.oldest_at]
            worst = max([worst, *ages])
        limit = options["fail_over"]
        if limit is not None and worst > limit:
            raise CommandError(f"{worst:.0f} s are more than {limit:.0f} s", returncode=LATE)


def _kind(kinds: Any, name: str, text: str, examples: Sequence[str]) -> ArgumentParser:
    return add_kind(kinds, "events", name, text, examples=examples, epilog=_EPILOG)
