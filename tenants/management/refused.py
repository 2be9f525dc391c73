"""Commands of django-tenants that this platform does not have: they would leave half a shop."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class RefusedCommand(BaseCommand):
    """Says what to do instead, whatever its arguments are, and changes nothing."""

    instead = ""

    def run_from_argv(self, argv: Sequence[str]) -> None:
        super().run_from_argv(list(argv[:2]))

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(f"This platform does not work like that. {self.instead}")
