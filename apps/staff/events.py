"""What happens to the people who run a shop."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class PasswordLinkRequested(Event):
    """Somebody who gave this address wants to set a password; whether they are staff is not said.

    `is_invitation`: nobody asked; they were made staff, and have no password yet.
    """

    name = "staff.password_link.requested"
    aggregate_field = "link_id"

    link_id: str
    email: str
    is_invitation: bool = False
