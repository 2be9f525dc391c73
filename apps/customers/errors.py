from apps.shared.errors import Conflict, Rejected, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """Email and password do not belong to an account that may sign in."""

    code = "invalid_credentials"


class EmailTaken(Conflict):
    """There is an account with this email."""

    code = "email_taken"


class PasswordTooWeak(Rejected):
    """The password is too easy to guess; `errors` says why."""

    code = "password_too_weak"
