"""`manage.py repair stock --tenant apparel --dry-run`."""

from typing import Any

from django.core.management.base import CommandParser

from apps.repair.management.runs import TradeCommand, add_kind, add_mending
from apps.repair.management.trades import TRADES

_EPILOG = """examples:
{examples}

exit codes: 0 all is well or mended; 1 nothing was done (no such shop or id, not confirmed);
2 there is no such option; 3 something could not be mended, see above.
What is trusted and why: docs/runbooks/repair.md
"""


class Command(TradeCommand):
    help = (
        "Mend what went wrong: find, print what would change (before → after), ask, mend row by "
        "row under lock. Every mended row has an entry in the audit. Running it twice, or twice at "
        "once, does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="trade", required=True, metavar="|".join(TRADES))
        for trade in TRADES.values():
            kind = add_kind(
                kinds, "repair", trade.name, trade.help, examples=trade.examples, epilog=_EPILOG
            )
            add_mending(kind)
            trade.add_arguments(kind)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_trade(TRADES[options["trade"]], options)
