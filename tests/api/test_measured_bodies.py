"""What the web server's entry does with bodies before Django sees them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import orjson
import pytest

from config.bodies import MeasuredBodies


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers what arrived, as Django would read it."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"got " + body[:20] + b" of %d" % len(body)]


application = MeasuredBodies(echo, longest=100_000)


def call(body: bytes, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    seen: list[Any] = []
    given = {"wsgi.input": BytesIO(body), "PATH_INFO": "/x", **environ}
    answer = b"".join(application(given, lambda status, headers: seen.append((status, headers))))
    return seen[0][0], dict(seen[0][1]), answer


def test_a_body_of_known_length_is_left_alone() -> None:
    assert call(b"hello", CONTENT_LENGTH="5")[2] == b"got hello of 5"


def test_no_body_is_none() -> None:
    assert call(b"", REQUEST_METHOD="GET")[2] == b"got  of 0"


@pytest.mark.parametrize("environ", [{"CONTENT_LENGTH": "100001"}, {"CONTENT_LENGTH": "9" * 20}])
def test_a_body_announced_too_long_is_refused(environ: dict[str, str]) -> None:
    status, headers, body = call(b"", **environ)

    problem = orjson.loads(body)
    assert status.startswith("413 ")
    assert (headers["Content-Type"], problem["code"]) == (
        "application/problem+json",
        "body_too_large",
    )
    assert headers["Request-Id"] == problem["request_id"]
    assert problem["instance"] == "/x"


def test_a_form_with_files_may_be_longer() -> None:
    form = "multipart/form-data; boundary=x"

    assert call(b"", CONTENT_LENGTH="100001", CONTENT_TYPE=form)[0] == "200 OK"


def test_a_chunked_body_that_is_too_long_is_refused() -> None:
    assert call(b"x" * 100_001, HTTP_TRANSFER_ENCODING="chunked")[0].startswith("413 ")
    assert call(b"x" * 100_000, HTTP_TRANSFER_ENCODING="chunked")[0] == "200 OK"


@pytest.fixture
def port() -> Iterator[int]:
    """Where a real Granian serves `application`."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"]
    command += ["--port", str(port), "tests.api.test_measured_bodies:application"]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.xdist_group("processes")
def test_granian_hands_on_a_chunked_body_whole(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for chunk in (b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n"):
            connection.sendall(chunk)
            time.sleep(0.05)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"got hello world of 11" in answer
