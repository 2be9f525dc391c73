"""Who runs a command, as the system knows them."""

import getpass


def operator_name() -> str:
    """The name of the system's user who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return "unknown"
