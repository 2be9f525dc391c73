"""A shop out of a stream."""

import hashlib
from collections.abc import Callable, Iterator

from apps.shared.db import joins_transaction
from tenants.backup import load
from tenants.backup.errors import BackupUnreadable
from tenants.backup.files import StagedFiles
from tenants.backup.manifest import Manifest, TableSum, sums_from_json
from tenants.backup.parts import Part, PartsReader
from tenants.backup.sealed import OpeningReader, Source
from tenants.backup.structure import renamed

Passed = Callable[[int], object]


class Backup:
    """An opened backup; it is gone through once, either to `examine` or to `restore` it.

    Raises BackupUnreadable, NoBackupKey.
    """

    def __init__(self, source: Source, passed: Passed) -> None:
        self._opened = OpeningReader(source)
        self._parts = PartsReader(self._opened)
        self._passed = passed
        self.manifest = Manifest.from_json(self._parts.next("manifest").data())
        self.rows = 0
        self.files = 0

    def examine(self) -> None:
        """Read all of it: every byte is as it was written, every table and file is complete."""
        counted: dict[str, int] = {}
        sums: dict[str, TableSum] = {}
        while (part := self._next()).kind != "end":
            if part.kind == "table":
                counted[part.head["name"]] = sum(one.count(b"\n") for one in self._frames(part))
            elif part.kind == "file":
                self._check_file(part)
            elif part.kind == "sums":
                sums = sums_from_json(part.data())
        self._end(part)
        if counted != {name: one.rows for name, one in sums.items()}:
            raise BackupUnreadable("Its tables do not have the rows that it says they have.")
        self.rows = sum(counted.values())

    @joins_transaction
    def restore(self, schema: str, staged: StagedFiles) -> None:
        """Write all of it into a new schema, and compare what is there then.

        Nothing is usable before the caller's transaction commits.
        """
        while (part := self._next()).kind != "end":
            if part.kind == "structure":
                load.run(renamed(part.data().decode(), old=self.manifest.schema, new=schema))
            elif part.kind == "table":
                load.fill(schema, part, self._passed)
            elif part.kind == "sequences":
                load.set_counters(schema, part)
            elif part.kind == "sums":
                sums = sums_from_json(part.data())
                load.compare(schema, sums)
                self.rows = sum(one.rows for one in sums.values())
            else:
                digest = staged.add(part.head["area"], part.head["path"], self._frames(part))
                self._expect_digest(part, digest)
        self._end(part)

    def _next(self) -> Part:
        return self._parts.next("structure", "table", "sequences", "sums", "file", "end")

    def _frames(self, part: Part) -> Iterator[bytes]:
        for frame in part.frames:
            self._passed(len(frame))
            yield frame

    def _check_file(self, part: Part) -> None:
        digest = hashlib.sha256()
        for frame in self._frames(part):
            digest.update(frame)
        self._expect_digest(part, digest.hexdigest())

    def _expect_digest(self, part: Part, found: str) -> None:
        if self._parts.next("digest").head["sha256"] != found:
            raise BackupUnreadable(f"The file {part.head['path']} is not what was written.")
        self.files += 1

    def _end(self, part: Part) -> None:
        self._parts.expect_end()
        if self._opened.read(1):
            raise BackupUnreadable("Something follows after the end.")
        if part.head["files"] != self.files:
            raise BackupUnreadable(f"It has {self.files} files instead of {part.head['files']}.")
