"""The HTTP server: one thread a connection, connections kept alive, one write an answer."""

import logging
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.simulator.web.message import (
    BadRequest,
    HangUp,
    NotThere,
    Request,
    Response,
    json_response,
)
from tests.simulator.web.router import Handler

logger = logging.getLogger(__name__)
BODY_MAX_BYTES = 5_000_000
IDLE_SECONDS = 300
REASONS = {status.value: status.phrase for status in HTTPStatus}
BODILESS = "The simulator reads bodies of a stated length only."


class Connection(BaseHTTPRequestHandler):
    """Reads the requests of one client until it leaves."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: "Server"

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        path, _, query = self.path.partition("?")
        request = Request(self.command, unquote(path), query, self.headers, body)
        try:
            self._send(self._respond(request))
        except HangUp as fault:
            self.close_connection = True
            self.server.stopping.wait(fault.seconds)

    do_GET = do_POST = do_DELETE = do_OPTIONS = _serve

    def _respond(self, request: Request) -> Response:
        try:
            return self.server.handler(request)
        except BadRequest as error:
            return json_response({"error": str(error)}, 400)
        except NotThere as error:
            return json_response({"error": str(error)}, 404)
        except HangUp:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return json_response({"error": "The simulator failed; its log says why."}, 500)

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self._refuse(411, BODILESS)
            return None
        if int(length) > BODY_MAX_BYTES:
            self._refuse(413, f"The body is longer than {BODY_MAX_BYTES} bytes.")
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._send(json_response({"error": message}, status))

    def _send(self, response: Response) -> None:
        lines = [
            f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown')}",
            f"Content-Type: {response.content_type}",
            f"Content-Length: {len(response.body)}",
            *(f"{name}: {value}" for name, value in response.headers),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        # Some values come from the request: none may start a line of its own.
        safe = (line.replace("\r", " ").replace("\n", " ") for line in lines)
        head = "\r\n".join(safe).encode("latin-1", "replace")
        self.wfile.write(head + b"\r\n\r\n" + response.body)

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


class Server(ThreadingHTTPServer):
    """Serves ``handler`` on a loopback address until ``stop``."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: Handler) -> None:
        super().__init__(address, Connection)
        self.handler = handler
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), name="http", daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def server_bind(self) -> None:
        # The base class looks up the host's full name here, which can hang for seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.port

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            logger.exception("The connection of %s failed", client_address)
