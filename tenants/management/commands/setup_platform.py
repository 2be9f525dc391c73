"""`manage.py setup_platform`."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.shared import clock
from tenants import services


class Command(BaseCommand):
    help = (
        "Migrate the public schema, the template for new shops and every shop, and make the "
        "platform's own host known. Does nothing when all is up to date."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        migrated = services.prepare_platform(now=clock.now())
        self.stdout.write(f"migrated: {', '.join(migrated) or 'nothing to do'}")
