"""`manage.py webhooks list|show|replay`: what providers told us, and working on it once more."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.payments import selectors as payments
from apps.repair.management.frame import Options
from apps.repair.management.runs import (
    NOTHING_DONE,
    TradeCommand,
    add_kind,
    add_mending,
    chosen_shops,
)
from apps.repair.management.trades.webhooks import ReplayWebhooks, add_choice, choice
from apps.repair.management.webhook_lines import webhook_as_json, webhook_line, webhook_lines
from apps.shared.arguments import ROWS
from apps.shared.schema import use_schema

_EPILOG = """examples:
{examples}

exit codes: 0 done; 1 nothing was done (no such shop or webhook, not confirmed); 2 there is
no such option; 3 something could not be replayed. docs/runbooks/webhooks.md
"""
_LIST_EXAMPLES = (
    "list --all-tenants --state parked --state dead",
    "list --tenant apparel --provider stripe --since 2026-11-21T13:00 --format json",
)
_SHOW_EXAMPLES = ("show 4711 --tenant apparel", "show evt_1Q… --all-tenants")


class Command(TradeCommand):
    help = "Stored webhooks: what came, what became of it, and working on it once more."
    actor = "webhooks"
    infinitive, participle = "replay", "replayed"

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="do", required=True, metavar="list|show|replay")
        listing = _kind(kinds, "list", "Webhooks, the newest first.", _LIST_EXAMPLES)
        add_choice(listing)
        listing.add_argument("--limit", type=ROWS, default=50, help="of each shop (50)")
        listing.add_argument("--format", choices=["table", "json"], default="table")
        show = _kind(kinds, "show", "One, with headers and body; secrets masked.", _SHOW_EXAMPLES)
        show.add_argument("key", metavar="ID", help="our number or the provider's id")
        trade = ReplayWebhooks()
        replay = _kind(kinds, "replay", trade.help, trade.examples)
        add_mending(replay)
        trade.add_arguments(replay)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["do"] == "replay":
            self.run_trade(ReplayWebhooks(), options)
        elif options["do"] == "list":
            self._list(options)
        else:
            self._show(options)

    def _list(self, options: Options) -> None:
        for name, schema in chosen_shops(options, with_public=False):
            with use_schema(schema):
                rows = payments.some_webhooks(wanted=choice(options), limit=options["limit"])
            for row in rows:
                is_json = options["format"] == "json"
                line = webhook_as_json(name, row) if is_json else f"{name}  {webhook_line(row)}"
                self.stdout.write(line)

    def _show(self, options: Options) -> None:
        for name, schema in chosen_shops(options, with_public=False):
            with use_schema(schema):
                found = payments.webhook_by_key(key=options["key"])
            if found is not None:
                self.stdout.write("\n".join([name, *webhook_lines(found)]))
                return
        raise CommandError(f"There is no webhook {options['key']}.", returncode=NOTHING_DONE)


def _kind(kinds: Any, name: str, text: str, examples: Sequence[str]) -> ArgumentParser:
    return add_kind(kinds, "webhooks", name, text, examples=examples, epilog=_EPILOG)
