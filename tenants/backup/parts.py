"""What a backup consists of, one part after another: a head in JSON, then any number of bytes.

Compressed as one zstd frame. Neither side holds more than a frame of a part in memory.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import zstandard

from tenants.backup.errors import BackupUnreadable
from tenants.backup.sealed import Sink, Source

_LENGTH = struct.Struct("!I")
_FRAME_BYTES = 256 * 1024
# A row is one write; PostgreSQL's rows and our heads are shorter.
_MOST_BYTES = 1 << 30
_LEVEL = 3

Write = Callable[[bytes], None]


class PartsWriter:
    """Writes parts. The caller ends the stream below with `finish`."""

    def __init__(self, sink: Sink) -> None:
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False)
        self._out = compressor.stream_writer(sink, closefd=False)  # type: ignore[arg-type]

    @contextmanager
    def part(self, kind: str, **head: Any) -> Iterator[Write]:
        """Begin a part; the block writes its bytes."""
        self._frame(orjson.dumps({"part": kind, **head}))
        pending = bytearray()

        def write(data: bytes) -> None:
            pending.extend(data)
            if len(pending) >= _FRAME_BYTES:
                self._frame(bytes(pending))
                pending.clear()

        yield write
        if pending:
            self._frame(bytes(pending))
        self._out.write(_LENGTH.pack(0))

    def add(self, kind: str, data: bytes = b"", **head: Any) -> None:
        """A part of which all bytes are there."""
        with self.part(kind, **head) as write:
            if data:
                write(data)

    def finish(self) -> None:
        self._out.flush(zstandard.FLUSH_FRAME)

    def _frame(self, data: bytes) -> None:
        self._out.write(_LENGTH.pack(len(data)))
        self._out.write(data)


@dataclass(frozen=True)
class Part:
    """One part; `frames` can be gone through once, and not after the next part was asked for."""

    kind: str
    head: Mapping[str, Any]
    frames: Iterator[bytes]

    def data(self) -> bytes:
        """All its bytes, for parts that are known to be short."""
        return b"".join(self.frames)


class PartsReader:
    """Reads parts, in order, to the end of the stream. Raises BackupUnreadable."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._unread: Iterator[bytes] = iter(())
        self._in = zstandard.ZstdDecompressor().stream_reader(source, closefd=False)  # type: ignore[arg-type]

    def next(self, *kinds: str) -> Part:
        """The next part, which must be one of these kinds. What is left of the last is passed."""
        self._pass_unread()
        head = self._read_head()
        if head["part"] not in kinds:
            raise BackupUnreadable(f"There is a part “{head['part']}” where {kinds} should be.")
        self._unread = self._frames()
        return Part(head["part"], head, self._unread)

    def expect_end(self) -> None:
        """Raises BackupUnreadable when anything follows, or the end itself was not proven."""
        self._pass_unread()
        if self._some(1) or self._source.read(1):
            raise BackupUnreadable("Something follows after the last part.")

    def _pass_unread(self) -> None:
        for _ in self._unread:
            continue

    def _read_head(self) -> dict[str, Any]:
        try:
            head: dict[str, Any] = orjson.loads(self._exactly(self._length()))
        except orjson.JSONDecodeError:
            raise BackupUnreadable("The head of a part is no JSON.") from None
        return head

    def _frames(self) -> Iterator[bytes]:
        while length := self._length():
            yield self._exactly(length)

    def _length(self) -> int:
        length: int = _LENGTH.unpack(self._exactly(_LENGTH.size))[0]
        if length > _MOST_BYTES:
            raise BackupUnreadable("A part is longer than any that we write.")
        return length

    def _exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            if not (more := self._some(size - len(found))):
                raise BackupUnreadable("It ends within a part.")
            found += more
        return bytes(found)

    def _some(self, size: int) -> bytes:
        try:
            return self._in.read(size)
        except zstandard.ZstdError as error:
            raise BackupUnreadable(f"It cannot be decompressed: {error}") from None
