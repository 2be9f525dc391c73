"""Mails as ``.eml`` files with an index in the database."""

import os
import sqlite3
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from tests.simulator.mail.reading import attachments, header, parse
from tests.simulator.storage.database import Database
from tests.simulator.web.message import NotThere

_TO = "WHERE ? IN (SELECT lower(value) FROM json_each(CAST(recipients AS TEXT)))"


@dataclass(frozen=True, slots=True)
class Mail:
    """One delivery. ``to`` are the envelope's recipients, ``received`` is seconds since 1970."""

    id: int
    received: float
    message_id: str
    sender: str
    to: list[str]
    subject: str
    date: str
    size: int
    attachments: list[str]

    def as_json(self) -> dict[str, object]:
        fields = asdict(self)
        fields["from"] = fields.pop("sender")
        return fields


class MailStore:
    """A file appears whole or not at all, and before its row: no row lacks its file."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, sender: str, recipients: list[str], content: bytes) -> None:
        name = f"{uuid.uuid4().hex}.eml"
        unfinished = self._folder / f".{name}"
        unfinished.write_bytes(content)
        os.replace(unfinished, self._folder / name)
        message = parse(content)
        names = [name for name, _ in attachments(message)]
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO mails (file, received, message_id, sender, recipients, subject, date,"
                " size, attachments) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    name,
                    time.time(),
                    header(message, "Message-ID"),
                    sender,
                    orjson.dumps(recipients),
                    header(message, "Subject"),
                    header(message, "Date"),
                    len(content),
                    orjson.dumps(names),
                ),
            )

    def find(self, to: str | None, subject: str | None) -> list[Mail]:
        """Return mails, the newest first. ``to`` is a whole address, ``subject`` a part of it."""
        where, values = (_TO, (to.lower(),)) if to else ("", ())
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT * FROM mails {where} ORDER BY id DESC", values)
            mails = [_mail(row) for row in found]
        if subject:
            mails = [one for one in mails if subject.lower() in one.subject.lower()]
        return mails

    def get(self, id: int) -> tuple[Mail, bytes]:
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM mails WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise NotThere(f"There is no mail {id}.")
        return _mail(row), (self._folder / row["file"]).read_bytes()

    def clear(self) -> int:
        """Remove all mails and return how many there were."""
        with self._database.transaction() as connection:
            files = [row["file"] for row in connection.execute("SELECT file FROM mails")]
            connection.execute("DELETE FROM mails")
        for name in files:
            (self._folder / name).unlink(missing_ok=True)
        return len(files)


def _mail(row: sqlite3.Row) -> Mail:
    return Mail(
        id=row["id"],
        received=row["received"],
        message_id=row["message_id"],
        sender=row["sender"],
        to=orjson.loads(row["recipients"]),
        subject=row["subject"],
        date=row["date"],
        size=row["size"],
        attachments=orjson.loads(row["attachments"]),
    )
