from apps.shared.errors import Rejected


class PasswordLinkInvalid(Rejected):
    """The link to set a password was used, is over, or is another's."""

    code = "password_link_invalid"
