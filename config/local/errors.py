"""What can go wrong on a developer's machine, told in one message without a traceback."""


class LocalError(Exception):
    """The command cannot go on; the message says why and what to do. Exit code 1."""
