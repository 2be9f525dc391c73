"""`manage.py setup_platform`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.shared import clock
from tenants import services
from tenants.fleet.crew import End


class Command(BaseCommand):
    help = (
        "Migrate the public schema, the template for new shops and every shop, and make the "
        "platform's own host known. Does nothing when all is up to date. `fleet` does the same "
        "with more to say about shops."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        migrated = services.prepare_platform(now=clock.now())
        run = services.migrate_fleet()
        migrated += [one.schema for one in run.outcomes if one.end is End.DONE]
        self.stdout.write(f"migrated: {', '.join(migrated) or 'nothing to do'}")
        if run.failed or run.left:
            failed = "; ".join(f"{one.schema} at {one.step}: {one.error}" for one in run.failed)
            raise CommandError(
                f"{len(run.left)} shops were not begun, {len(run.failed)} failed: {failed}"
            )
