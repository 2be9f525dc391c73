"""What can go wrong on a developer's machine, told in one message without a traceback."""


class LocalError(Exception):
    """The command cannot go on; the message says why and what to do."""

    exit_code = 1


class DatabaseUnreachable(LocalError):
    """PostgreSQL does not answer. Exit code 69 (sysexits.h: unavailable): 1, 2 and 3 are what
    commands say of what they found."""

    exit_code = 69
