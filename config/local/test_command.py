"""`manage.py test [pytest's arguments]`: the test suite against embedded servers of its own."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from config.local import environment, folders, locks
from config.local.errors import LocalError
from config.local.folders import PROJECT, DataFolder
from config.local.processes import end, identify
from config.local.services import Services
from config.local.unprivileged import launched

_STOP_SECONDS = 20.0
# Nothing answers on the discard port: a test that forgets its fake fails at once, and reaches
# neither a real payment provider nor a real inbox.
_NOWHERE = {
    **dict.fromkeys(
        ("STRIPE_API_BASE", "PAYPAL_API_BASE", "RAZORPAY_API_BASE", "BAKONG_API_BASE"),
        "http://127.0.0.1:9",
    ),
    "EMAIL_URL": "smtp://127.0.0.1:9",
}


def run(arguments: list[str]) -> int:
    """Returns pytest's exit code. Raises LocalError when the servers do not start."""
    if importlib.util.find_spec("pytest") is None:
        raise LocalError("pytest is not installed in this Python: install requirements/dev.txt")
    with _own_services() as services:
        services.start(services.needed(os.environ), dies_with_us=True)
        try:
            return _run_pytest(arguments, _environment(services))
        finally:
            services.stop()


@contextmanager
def _own_services() -> Iterator[Services]:
    """The first of `.data/test`, `.data/test-2`, … that nobody uses, locked for this run.

    Servers that run there belong to a developer's `services up --test`, or are still stopping.
    """
    number = 1
    while True:
        root = folders.TEST if number == 1 else folders.TEST.with_name(f"test-{number}")
        services = Services(DataFolder(root), durable=False)
        services.folder.create()
        with ExitStack() as stack:
            try:
                stack.enter_context(locks.exclusive(services.folder.state / "test.lock"))
            except locks.Taken:
                number += 1
                continue
            if services.running():
                number += 1
                continue
            yield services
            return


def _environment(services: Services) -> dict[str, str]:
    """Files always go to the test folder; servers that the user names are used."""
    values = services.environment()
    files = {name: values[name] for name in ("DATA_DIR", "MEDIA_ROOT", "PRIVATE_MEDIA_ROOT")}
    forced = files | _NOWHERE | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    return environment.completed(os.environ, values) | forced


def pytest_command(arguments: list[str]) -> list[str]:
    """In parallel, unless `arguments` say otherwise."""
    command = [sys.executable, "-m", "pytest"]
    if not _turns_off_xdist(arguments):
        if not any(_is_option(word, "-n", "--numprocesses") for word in arguments):
            command += ["-n", "auto"]
        if not any(_is_option(word, "--dist") for word in arguments):
            command += ["--dist", "loadgroup"]
    return command + arguments


def _turns_off_xdist(arguments: list[str]) -> bool:
    pairs = zip(arguments, [*arguments, ""][1:], strict=True)
    return any(word == "-pno:xdist" or (word, value) == ("-p", "no:xdist") for word, value in pairs)


def _is_option(word: str, *names: str) -> bool:
    """`-n 4`, `-n4`, `--dist=load`: the option with its value in whatever spelling."""
    for name in names:
        if word == name or word.startswith(f"{name}="):
            return True
        if not name.startswith("--") and word.startswith(name):
            return True
    return False


def _run_pytest(arguments: list[str], variables: dict[str, str]) -> int:
    """Ctrl-C reaches pytest by itself, which then prints its summary; a SIGTERM is passed on.

    pytest stays in the terminal's foreground group, so that `--pdb` can read the keyboard.
    """
    child = subprocess.Popen(
        launched(pytest_command(arguments), death_signal=signal.SIGINT), cwd=PROJECT, env=variables
    )

    def stop_pytest(number: int, frame: FrameType | None) -> None:
        if process := identify(child.pid):
            end([process], number=signal.SIGINT, grace=_STOP_SECONDS)

    signal.signal(signal.SIGINT, lambda number, frame: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_pytest)
    code = child.wait()
    return 128 - code if code < 0 else code
