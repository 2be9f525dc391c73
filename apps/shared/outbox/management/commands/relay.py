"""`manage.py relay`: hands due event deliveries to Celery, for ever."""

import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connection

from apps.shared import clock
from apps.shared.db import agree_on_time
from apps.shared.outbox.dispatch import relay_round
from apps.shared.outbox.pace import Pace
from apps.shared.outbox.turns import Turns

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Hand due event deliveries of all tenants to the workers. Several may run side by side."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due now and exit; prints how many."
        )
        parser.add_argument(
            "--poll", type=float, default=1.0, help="Seconds between looks when nobody rings (1)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(self._drain()))
            return
        self._stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        pace, turns = Pace(poll=options["poll"]), Turns()
        agree_on_time()
        while not self._stopping:
            try:
                pace.rest_after(relay_round(now=clock.now(), turns=turns))
            except (DatabaseError, InterfaceError) as error:
                logger.error("relay_database_unavailable", extra={"error": str(error)})
                connection.close()
                time.sleep(options["poll"])  # the database needs a moment, too

    def _drain(self) -> int:
        total = 0
        while sent := relay_round(now=clock.now()).sent:
            total += sent
        return total

    def _stop(self, *_: Any) -> None:
        self._stopping = True
