"""Reading the people behind an admin."""

from apps.staff.models import User
from apps.staff.tokens import password_tokens


def people() -> dict[str, str]:
    """What everybody is called, by what is written down when they do something. One statement."""
    return {user.actor: _called(user) for user in User.objects.only("key", "email", "name")}


def _called(user: User) -> str:
    return f"{user.name} ({user.email})" if user.name else user.email


def known_address(*, email: str) -> str | None:
    """The address, as it is on record, of whoever may sign in here with this one; None: nobody.

    Mail goes there and not to what was typed: letters that differ may be one in capitals.
    """
    user = _with_address(email)
    return user.email if user is not None else None


def password_path(*, email: str) -> str | None:
    """Where the person with this address sets a password, on the shop's host; it opens once.

    Made anew each time: it is a secret, for their mailbox alone. None when nobody may sign in.
    """
    user = _with_address(email)
    if user is None:
        return None
    return f"/admin/password/{user.key.hex}/{password_tokens.make_token(user)}/"


def _with_address(email: str) -> User | None:
    return User.objects.filter(email__iexact=email, is_active=True, is_staff=True).first()
