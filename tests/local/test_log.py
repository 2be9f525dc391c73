"""The merged log."""

import io
import os
import re
from pathlib import Path

from config.local.supervisor.log import MergedLog, rotate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_have_time_and_service(tmp_path: Path) -> None:
    out = io.StringIO()
    log = MergedLog(tmp_path / "up.log", hangup=lambda: None, terminal=out)

    log.write("web", "hello")
    log.close()

    assert re.fullmatch(r"\d\d:\d\d:\d\d web       \| hello\n", out.getvalue())
    assert (tmp_path / "up.log").read_text() == out.getvalue()


def test_only_a_terminal_gets_colours(tmp_path: Path) -> None:
    terminal = Terminal()
    log = MergedLog(tmp_path / "up.log", hangup=lambda: None, terminal=terminal)

    log.write("web", "hello")
    log.close()

    assert terminal.getvalue().startswith("\x1b[32m")
    assert terminal.getvalue().endswith(" | \x1b[0mhello\n")
    assert "\x1b" not in (tmp_path / "up.log").read_text()


def test_closed_pipe_hangs_up_once_and_the_file_goes_on(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    calls: list[str] = []
    with os.fdopen(writer, "w") as pipe:
        log = MergedLog(tmp_path / "up.log", hangup=lambda: calls.append("hangup"), terminal=pipe)

        log.write("web", "one")
        log.write("web", "two")
        log.close()

    assert calls == ["hangup"]
    assert [line[-3:] for line in (tmp_path / "up.log").read_text().splitlines()] == ["one", "two"]


def test_last_logs_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        rotate(tmp_path / "up.log")
        (tmp_path / "up.log").write_text(str(number))

    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}

    assert kept == {"up.log": "5", "up.log.1": "4", "up.log.2": "3", "up.log.3": "2"}
