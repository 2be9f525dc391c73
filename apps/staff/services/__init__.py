"""Everything that can happen to the people who run a shop."""

from apps.staff.services._sync_roles import sync_roles

__all__ = ["sync_roles"]
