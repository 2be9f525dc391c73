"""Rows of stock that disagree with their movements, or with what is held for orders."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import ClassVar

from apps.inventory import selectors, services
from apps.inventory.dto import Trusted
from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import number_of
from apps.shared import clock
from apps.shared.mending import Difference, NotMendable


class Stock:
    """STOCK-004. A row is mended under its lock: checkouts of the same goods wait for a moment."""

    name: ClassVar[str] = "stock"
    help: ClassVar[str] = (
        "Stock whose row is not the sum of its movements, or reserves more or less than open "
        "reservations hold. The movements and the reservations count; with --trust row the number "
        "on hand in the row does (when somebody has just counted)."
    )
    examples: ClassVar[Sequence[str]] = (
        "stock --tenant apparel --dry-run",
        "stock --tenant apparel --id 17 --trust row",
    )
    works_in_public: ClassVar[bool] = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--trust",
            type=Trusted,
            choices=list(Trusted),
            default=Trusted.LEDGER,
            metavar="ledger|row",
            help="whose number on hand counts (default: ledger, the movements)",
        )

    def suspects(self, options: Options) -> list[Suspect]:
        named = [number_of(one, "stock item") for one in options["id"]]
        keys = named or selectors.stock_items_that_disagree()
        return [Suspect("stock_item", key) for key in keys]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        item = selectors.stock_item_by_key(stock_item_id=suspect.key)
        if item is None:
            raise NotMendable("there is no such stock item")
        sums = selectors.stock_sums(stock_item_id=suspect.key)
        return selectors.difference_of_stock_item(item=item, sums=sums, trusted=options["trust"])

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return services.mend_stock_item(
            stock_item_id=suspect.key, trusted=options["trust"], now=clock.now()
        )
