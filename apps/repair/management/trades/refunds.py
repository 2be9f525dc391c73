"""Refunds without an outcome, totals that disagree, refunds without their stock."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from apps.refunds import inquiries, selectors, services
from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import MINUTES, key_of
from apps.shared import clock
from apps.shared.mending import Difference

STUCK, TOTALS, STOCK = "stuck", "totals", "stock"
_KINDS = (STUCK, TOTALS, STOCK)


class Refunds:
    """REF-004, REF-007, FIN-002, STOCK-005: three kinds of wrong, each mended by its service."""

    name: ClassVar[str] = "refunds"
    help: ClassVar[str] = (
        "Three things. stuck: refunds that were approved or sent and have no outcome; the provider "
        "is asked, and what it does not know is sent again under its own key. totals: orders and "
        "books that say other than the refunds that succeeded. stock: refunds that succeeded and "
        "did not do with the goods what their lines say. A dry run only asks the provider."
    )
    examples: ClassVar[Sequence[str]] = (
        "refunds --tenant apparel --dry-run",
        "refunds --all-tenants --only stuck --older-than 60 --yes",
        "refunds --tenant apparel --id ref_0197c2… --id ord_0197c2…",
    )
    works_in_public: ClassVar[bool] = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=_KINDS, help="one of the three (default: all)")
        parser.add_argument(
            "--older-than",
            type=MINUTES,
            default=15,
            metavar="MINUTES",
            help="how long a refund may be under way (default: 15)",
        )

    def suspects(self, options: Options) -> list[Suspect]:
        wanted = [options["only"]] if options["only"] else _KINDS
        found = self._named(options) if options["id"] else self._searched(options)
        return [one for one in found if one.kind.split()[0] in wanted]

    def _named(self, options: Options) -> list[Suspect]:
        """An order's totals; a refund's outcome and stock."""
        found = []
        for text in options["id"]:
            if text.startswith("ord_"):
                found.append(Suspect(f"{TOTALS} of order", key_of(text, "ord"), text))
                continue
            key = key_of(text, "ref")
            found.append(Suspect(f"{STUCK} refund", key, text))
            found.append(Suspect(f"{STOCK} of refund", key, text))
        return found

    def _searched(self, options: Options) -> list[Suspect]:
        now = clock.now()
        stuck = selectors.refunds_under_way(
            older_than=now - timedelta(minutes=options["older_than"])
        )
        lacking = inquiries.refunds_without_their_stock(now=now)
        return [
            *(Suspect(f"{STUCK} refund", key, f"ref_{key.hex}") for key in stuck),
            *(
                Suspect(f"{TOTALS} of order", key, f"ord_{key.hex}")
                for key in inquiries.orders_whose_totals_disagree()
            ),
            *(Suspect(f"{STOCK} of refund", key, f"ref_{key.hex}") for key in lacking),
        ]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        if suspect.kind.startswith(STUCK):
            found = services.diagnose_refund(refund_id=suspect.key)
            return found.difference if found else None
        return self._mend(suspect, dry_run=True)

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        if suspect.kind.startswith(STUCK):
            return services.mend_refund(refund_id=suspect.key, now=clock.now())
        return self._mend(suspect, dry_run=False)

    def _mend(self, suspect: Suspect, *, dry_run: bool) -> Difference | None:
        if suspect.kind.startswith(TOTALS):
            return services.mend_refund_totals(
                order_id=suspect.key, now=clock.now(), dry_run=dry_run
            )
        return services.mend_refund_stock(refund_id=suspect.key, now=clock.now(), dry_run=dry_run)
