"""The mails for people and, as JSON, for tests."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape
from typing import get_args
from urllib.parse import parse_qs, quote

from tests.simulator.mail.reading import Part, attachments, body, headers, parse
from tests.simulator.mail.sink import MailFault, MailFaultMode, MailSink
from tests.simulator.mail.store import Mail, MailStore
from tests.simulator.web.message import (
    BadRequest,
    NotThere,
    Request,
    Response,
    json_response,
)
from tests.simulator.web.page import page
from tests.simulator.web.router import Route

SHOWN_MAX = 200
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_NOT_GUESSED = ("X-Content-Type-Options", "nosniff")


class MailPages:
    """Everything in a mail comes from elsewhere: it is escaped, and shown without scripts."""

    def __init__(self, store: MailStore, sink: MailSink) -> None:
        self._store = store
        self._sink = sink

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/_mail", self.listing),
            Route("DELETE", "/_mail", self.clear),
            Route("GET", "/_mail.json", self.as_json),
            Route("GET", "/_mail/{id}", self.show),
            Route("GET", "/_mail/{id}/raw", self.raw),
            Route("GET", "/_mail/{id}/attachments/{number}", self.attachment),
            Route("POST", "/_sim/mail/faults", self.set_fault),
            Route("DELETE", "/_sim/mail/faults", self.clear_fault),
        ]

    def listing(self, request: Request) -> Response:
        to, subject = _criteria(request)
        mails = self._store.find(to, subject)
        search = (
            '<form method="get" action="/_mail">'
            f'<input name="to" type="search" placeholder="To" aria-label="To" value="{escape(to)}">'
            '<input name="subject" type="search" placeholder="Subject" aria-label="Subject"'
            f' value="{escape(subject)}"><button>Search</button></form>'
        )
        rows = "".join(_row(one) for one in mails[:SHOWN_MAX])
        empty = "<p class=soft>No mail yet. Whatever the shops send appears here.</p>"
        content = (
            f'<div class="card list">{rows}</div>' if rows else f"<div class=card>{empty}</div>"
        )
        count = f"{len(mails)} mail{'' if len(mails) == 1 else 's'}, newest first"
        if len(mails) > SHOWN_MAX:
            count += f", the first {SHOWN_MAX} shown"
        return page("Mail", f"<h1>Mail</h1><p class=soft>{count}</p>{search}{content}")

    def as_json(self, request: Request) -> Response:
        return json_response([one.as_json() for one in self._store.find(*_criteria(request))])

    def show(self, request: Request) -> Response:
        mail, content = self._get(request)
        message = parse(content)
        listed = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
            for name, value in headers(message)
            if name.lower() not in ("content-type", "content-transfer-encoding", "mime-version")
        )
        top = (
            '<p><a href="/_mail">← All mail</a></p>'
            f"<h1>{escape(mail.subject) or '(no subject)'}</h1>"
            f"<p class=soft>{_time(mail.received)} · {mail.size:,} bytes ·"
            f' <a href="/_mail/{mail.id}/raw">source</a></p>'
            f"<div class=card><dl><dt>Envelope from</dt><dd>{escape(mail.sender)}</dd>"
            f"<dt>Envelope to</dt><dd>{escape(', '.join(mail.to))}</dd>{listed}</dl></div>"
        )
        return page(mail.subject or "Mail", top + _attachments(mail) + _parts(message))

    def raw(self, request: Request) -> Response:
        _, content = self._get(request)
        return Response(200, content, "text/plain; charset=utf-8", (_NOT_GUESSED,))

    def attachment(self, request: Request) -> Response:
        _, content = self._get(request)
        parts = attachments(parse(content))
        number = request.path_params["number"]
        if not number.isdecimal() or int(number) >= len(parts):
            raise NotThere(f"The mail has no attachment {number}.")
        name, part = parts[int(number)]
        payload = part.get_payload(decode=True)
        return Response(
            200,
            payload if isinstance(payload, bytes) else part.as_bytes(),
            _content_type(part),
            (("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}"), _NOT_GUESSED),
        )

    def clear(self, request: Request) -> Response:
        return json_response({"deleted": self._store.clear()})

    def set_fault(self, request: Request) -> Response:
        fields = request.json()
        if fields.get("mode") not in get_args(MailFaultMode):
            raise BadRequest(f"mode must be one of {', '.join(get_args(MailFaultMode))}.")
        self._sink.fault = MailFault(
            fields["mode"], int(fields.get("times", 1)), float(fields.get("seconds", 1))
        )
        return json_response(fields)

    def clear_fault(self, request: Request) -> Response:
        self._sink.fault = None
        return json_response({})

    def _get(self, request: Request) -> tuple[Mail, bytes]:
        id = request.path_params["id"]
        if not id.isdecimal():
            raise NotThere(f"There is no mail {id}.")
        return self._store.get(int(id))


def _criteria(request: Request) -> tuple[str, str]:
    query = parse_qs(request.query)
    return query.get("to", [""])[-1].strip(), query.get("subject", [""])[-1].strip()


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"<time datetime={moment.isoformat()}>{moment:%Y-%m-%d %H:%M:%S} UTC</time>"


def _row(mail: Mail) -> str:
    clip = "<span class=badge>attachment</span>" if mail.attachments else ""
    return (
        f'<a href="/_mail/{mail.id}"><span class=to>{escape(", ".join(mail.to))}</span>'
        f"<span class=subject>{clip}{escape(mail.subject) or '(no subject)'}</span>"
        f"{_time(mail.received)}</a>"
    )


def _content_type(part: Part) -> str:
    declared = part.get_content_type()
    return declared if _MIME_TYPE.fullmatch(declared) else "application/octet-stream"


def _attachments(mail: Mail) -> str:
    if not mail.attachments:
        return ""
    links = "<br>".join(
        f'<a href="/_mail/{mail.id}/attachments/{number}" download>{escape(name)}</a>'
        for number, name in enumerate(mail.attachments)
    )
    return f"<div class=card><h2>Attachments</h2>{links}</div>"


def _parts(message: EmailMessage) -> str:
    shown = ""
    html, plain = body(message, "html"), body(message, "plain")
    if html is not None:
        # No permission at all: no scripts, no forms, no access to this page.
        frame = f'<iframe sandbox="" title="HTML part" srcdoc="{escape(html)}"></iframe>'
        shown += f"<div class=card><h2>HTML</h2>{frame}</div>"
    if plain is not None:
        shown += f"<div class=card><h2>Text</h2><pre>{escape(plain)}</pre></div>"
    return shown
