"""The SMTP server."""

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.simulator.mail.store import MailStore

logger = logging.getLogger(__name__)
SIZE_MAX_BYTES = 30_000_000
MailFaultMode = Literal["refuse_450", "disconnect_after_data", "delay"]


@dataclass(slots=True)
class MailFault:
    """What goes wrong with the next ``times`` mails.

    ``refuse_450``: not taken, try later. ``disconnect_after_data``: taken, but the sender is not
    told. ``delay``: taken and acknowledged after ``seconds``.
    """

    mode: MailFaultMode
    times: int = 1
    seconds: float = 1.0


class MailSink:
    """Runs aiosmtpd in a thread with an event loop of its own."""

    def __init__(self, store: MailStore, address: tuple[str, int]) -> None:
        self._store = store
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.fault: MailFault | None = None

    @property
    def port(self) -> int:
        if self._server is None:
            return self._address[1]
        return int(self._server.sockets[0].getsockname()[1])

    def start(self) -> None:
        """Listen; raises OSError when the address is taken."""
        host, port = self._address
        listening = self._loop.create_server(self._protocol, host, port)
        self._server = self._loop.run_until_complete(listening)
        threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True).start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="simulator",
            data_size_limit=SIZE_MAX_BYTES,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._take_fault()
        if fault and fault.mode == "refuse_450":
            return "450 4.2.1 The mailbox is busy, try again later"
        if fault and fault.mode == "delay":
            await asyncio.sleep(fault.seconds)
        content = envelope.original_content or b""
        # In this thread: the index takes well under a millisecond.
        self._store.add(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        if fault and fault.mode == "disconnect_after_data" and server.transport:
            # The answer below meets a closed connection.
            server.transport.close()
        return "250 2.0.0 Kept"

    def _take_fault(self) -> MailFault | None:
        fault = self.fault
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.fault = None
        return fault
