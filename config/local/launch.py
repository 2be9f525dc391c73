"""Prepares a process, then becomes its program: `python -I -S launch.py OPTIONS PROGRAM …`.

A program of its own (it imports nothing of the project) because these steps must happen between
fork and exec, which is not safe to do in a parent that has threads. OPTIONS is JSON, see `Options`.
"""

import ctypes
import json
import os
import sys
from typing import TypedDict

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_NOBODY = 65534


class Options(TypedDict, total=False):
    """Each key is a step; a key that is missing is a step that is not taken."""

    # Be a user other than root inside a new user namespace. Files stay root's own.
    namespace: bool
    # Become this user and group for good.
    user: int
    group: int
    # Receive this signal when the process `parent` dies, however it dies.
    death_signal: int
    parent: int


def main(arguments: list[str]) -> None:
    options: Options = json.loads(arguments[0])
    if options.get("namespace"):
        enter_user_namespace()
    if "user" in options:
        become(user=options["user"], group=options["group"])
    if "death_signal" in options:
        # After the steps above: a change of user clears it.
        die_with(parent=options["parent"], death_signal=options["death_signal"])
    os.execv(arguments[1], arguments[1:])


def enter_user_namespace() -> None:
    """Map this user to 65534 in a namespace of its own, since PostgreSQL refuses to run as root."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_NOBODY} {user} 1"),
        ("gid_map", f"{_NOBODY} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def become(*, user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def die_with(*, parent: int, death_signal: int) -> None:
    _call("prctl", _PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent process is gone already")


def _call(function: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])
