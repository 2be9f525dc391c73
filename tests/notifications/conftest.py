import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from tests.finance.conftest import private_folder

__all__ = ["private_folder", "smtp_sink"]


class Sink:
    """A mail server that keeps what it takes.

    With `refusal` it takes nothing, with `hangs_up` it takes a mail and does not say so.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.refusal = ""
        self.hangs_up = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self.raw.append(content)
        self.mails.append(BytesParser(EmailMessage, policy=default).parsebytes(content))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        if self.hangs_up and server.transport:
            server.transport.close()
        return "250 OK"


@pytest.fixture
def smtp_sink(settings: Settings) -> Iterator[Sink]:
    """A real SMTP server, and Django pointed at it."""
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "Galleria <shops@galleria.example>"
    yield sink
    controller.stop()
