"""Keeps PostgreSQL from seeing uid 0, which it refuses to run as (root is usual in containers)."""

import functools
import json
import os
import pwd
import shutil
import subprocess
import sys

from config.local import launch
from config.local.binaries import postgres_bin
from config.local.errors import LocalError
from config.local.folders import DataFolder

_ACCOUNTS = ("postgres", "nobody")


def launched(
    command: list[str],
    *,
    identity: launch.Options | None = None,
    death_signal: int | None = None,
) -> list[str]:
    """`command`, prefixed by the launcher that makes it ready.

    With `death_signal` the process gets that signal when the calling process dies. It must then be
    started from the main thread: the kernel watches the thread, not the process.
    """
    options: launch.Options = {**identity} if identity else {}
    if death_signal is not None:
        options["death_signal"] = int(death_signal)
        options["parent"] = os.getpid()
    return [sys.executable, "-I", "-S", launch.__file__, json.dumps(options), *command]


def identity_for(folder: DataFolder) -> launch.Options:
    """Whom PostgreSQL runs as on `folder`: nothing special for an ordinary user.

    Root is mapped to another user in a namespace; where that is forbidden (a container's seccomp
    profile), an ordinary account takes over and owns the data folder.

    Raises LocalError when neither is possible, or when the data belongs to another user.
    """
    owner = folder.postgres.stat().st_uid if folder.postgres.exists() else os.geteuid()
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise LocalError(
                f"{folder.postgres} belongs to another user (uid {owner}): run as that user, "
                f"or remove {folder.root}"
            )
        return {}
    if owner == 0 and namespaces_work():
        return {"namespace": True}
    account = pwd.getpwuid(owner) if owner else _ordinary_account()
    _hand_over(folder, account)
    return {"user": account.pw_uid, "group": account.pw_gid}


@functools.cache
def namespaces_work() -> bool:
    """Whether the kernel and the container let us make user namespaces."""
    if os.environ.get("GALLERIA_NO_USER_NAMESPACE"):
        return False
    true = shutil.which("true") or "/bin/true"
    probe = subprocess.run(
        launched([true], identity={"namespace": True}), check=False, capture_output=True
    )
    return probe.returncode == 0


def _ordinary_account() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalError(
        "PostgreSQL does not run as root, user namespaces are forbidden here and there is no "
        f"account {' or '.join(_ACCOUNTS)}: run as an ordinary user, or set DATABASE_URL"
    )


def _hand_over(folder: DataFolder, account: pwd.struct_passwd) -> None:
    """Let `account` own the data and the sockets, and check that it can reach them."""
    for path in (folder.root, folder.sockets, folder.state):
        os.chown(path, account.pw_uid, account.pw_gid)
    test = shutil.which("test") or "/usr/bin/test"
    identity: launch.Options = {"user": account.pw_uid, "group": account.pw_gid}
    for path in (folder.root, postgres_bin() / "postgres"):
        reach = subprocess.run(launched([test, "-x", str(path)], identity=identity), check=False)
        if reach.returncode != 0:
            raise LocalError(
                f"PostgreSQL has to run as {account.pw_name} here, and {account.pw_name} cannot "
                f"reach {path}: move the project out of a private folder, run as an ordinary user, "
                "or set DATABASE_URL"
            )
