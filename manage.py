#!/usr/bin/env python3
"""The one entry: `python3 manage.py up`, `test`, and every Django command.

Installs the locked dependencies into `.venv` when they are missing. This file must parse on
Python 3.6, so that an old Python is told what it lacks instead of a syntax error.
"""

import importlib.util
import os
import runpy
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))

if sys.version_info < (3, 11):  # noqa: UP036 — that an older Python runs this is the point
    sys.exit(
        f"Galleria needs Python 3.11 or newer, and this is {sys.version.split()[0]} "
        f"({sys.executable}): install a newer one and run it with `python3.11 manage.py`"
    )
if sys.platform == "win32":
    sys.exit("Galleria runs on Linux and macOS: on Windows use WSL, or docker compose")


def main() -> int:
    if os.environ.get("GALLERIA_NO_BOOTSTRAP") != "1":
        # By its path: importing the package `config` may need what is to be installed.
        bootstrap = runpy.run_path(os.path.join(ROOT, "config", "local", "bootstrap.py"))
        bootstrap["ensure_dependencies"]()
    if importlib.util.find_spec("django") is None:
        sys.exit(
            f"manage.py: {sys.executable} has no Django: install requirements/dev.txt, "
            "or unset GALLERIA_NO_BOOTSTRAP"
        )
    from config.local import cli

    return cli.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
