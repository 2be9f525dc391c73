"""Everything that can happen to the people who run a shop."""

from apps.staff.services._request_password_link import request_password_link
from apps.staff.services._set_password import set_password
from apps.staff.services._sync_roles import sync_roles

__all__ = ["request_password_link", "set_password", "sync_roles"]
