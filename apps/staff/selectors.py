"""Reading the people behind an admin."""

from apps.staff.models import User


def people() -> dict[str, str]:
    """What everybody is called, by what is written down when they do something. One statement."""
    return {user.actor: _called(user) for user in User.objects.only("key", "email", "name")}


def _called(user: User) -> str:
    return f"{user.name} ({user.email})" if user.name else user.email
