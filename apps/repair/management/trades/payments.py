"""Payments that are stuck, and money that no order knows of."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from apps.checkout import selectors, services
from apps.repair.management.frame import Options, Suspect
from apps.repair.management.trades.values import MINUTES, key_of, moment
from apps.shared import clock
from apps.shared.mending import Difference

_SETTLED_WITHIN = timedelta(minutes=10)


class Payments:
    """The provider is asked outside of any transaction, and what it says is taken as a webhook's
    word is."""

    name: ClassVar[str] = "payments"
    help: ClassVar[str] = (
        "Payments under way for too long: the provider is asked, and its word is taken as a "
        "webhook's is. Payments whose order needs no money, or is not there, are given up. Money "
        "that is here and not on the books is settled. A dry run only asks the provider."
    )
    examples: ClassVar[Sequence[str]] = (
        "payments --tenant apparel --dry-run",
        "payments --all-tenants --older-than 120 --yes",
        "payments --tenant apparel --id pay_0197c2…",
        "payments --tenant apparel --given-up-since 2026-11-20   (after a restore from a backup)",
    )
    works_in_public: ClassVar[bool] = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            type=MINUTES,
            default=30,
            metavar="MINUTES",
            help="how long a payment may be under way (default: 30)",
        )
        parser.add_argument(
            "--given-up-since",
            type=moment,
            metavar="TIME",
            help="ask also for those that were given up since then (UTC)",
        )

    def suspects(self, options: Options) -> list[Suspect]:
        now = clock.now()
        found = [key_of(one, "pay") for one in options["id"]] or selectors.payments_to_look_at(
            under_way_before=now - timedelta(minutes=options["older_than"]),
            settled_before=now - _SETTLED_WITHIN,
            given_up_since=options["given_up_since"],
        )
        return [Suspect("payment", key, f"pay_{key.hex}") for key in found]

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        found = services.diagnose_payment(payment_id=suspect.key)
        return found.difference if found else None

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        return services.mend_payment(payment_id=suspect.key, now=clock.now())
