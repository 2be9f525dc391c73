"""Reads mails, good ones and broken ones: a sink has to show whatever was sent."""

from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import SMTP

Part = MIMEPart


def parse(content: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=SMTP).parsebytes(content)


def headers(message: EmailMessage) -> list[tuple[str, str]]:
    """Return names and decoded values in the order of the mail."""
    return [(_printable(name), _decoded(name, raw)) for name, raw in message.raw_items()]


def header(message: EmailMessage, name: str) -> str:
    """Return the first header of that name, decoded; empty when there is none."""
    found = (value for one, value in headers(message) if one.lower() == name.lower())
    return next(found, "").strip()


def attachments(message: EmailMessage) -> list[tuple[str, Part]]:
    """Return names and parts."""
    try:
        parts = list(message.iter_attachments())
    except Exception:  # The standard library stumbles over some broken structures.
        return []
    return [(_file_name(part), part) for part in parts]


def body(message: EmailMessage, kind: str) -> str | None:
    """Return the text of the ``plain`` or ``html`` part; None when the mail has none."""
    try:
        part = message.get_body((kind,))
    except Exception:  # As above.
        return None
    if part is None:
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")


def _file_name(part: Part) -> str:
    try:
        return _printable(part.get_filename() or "unnamed")
    except Exception:  # As above.
        return "unnamed"


def _decoded(name: str, raw: str) -> str:
    try:
        return _printable(str(SMTP.header_fetch_parse(name, raw)))
    except Exception:  # Broken headers meet bugs of the standard library: shown undecoded.
        return _printable(raw)


def _printable(text: str) -> str:
    """Return ``text`` without the surrogates that stand for undecodable bytes."""
    return text.encode("utf-8", "replace").decode()
