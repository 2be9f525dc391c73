"""From bytes to text: which encoding a file is in, found without holding the file in memory.

The whole file is read once, in pieces, before the first row is handed out, so that a file which
cannot be decoded is refused before anything was imported.
- A byte-order mark decides (UTF-8, UTF-16).
- Without one: UTF-8 when every byte fits; Windows-1252 otherwise, with a warning. A file with
  more well-formed UTF-8 characters than broken bytes is damaged UTF-8: it stays UTF-8, and the
  rows with the broken bytes are refused one by one (each byte reads as a lone surrogate).
"""

import codecs
import io
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from apps.catalog.importing.errors import CsvUnreadable

PIECE: Final = 1_048_576
NOT_TEXT: Final = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
}
BROKEN: Final = re.compile("[\udc80-\udcff]")
WELL_FORMED: Final = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")


def _keep_undefined(error: UnicodeError) -> tuple[str, int]:
    """Bytes that Windows-1252 leaves undefined become C1 controls, as browsers do; the rows
    that hold one are refused as rows with control characters."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    undefined = error.object[error.start : error.end]
    return undefined.decode("latin-1"), error.end


codecs.register_error("undefined-as-c1", _keep_undefined)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec with its error handler and, when it was a guess, what to tell the reader."""

    codec: str
    errors: str
    warning: str = ""


def open_binary(source: str | Path | BinaryIO) -> BinaryIO:
    """A seekable stream at its start; what comes through a pipe is copied to a temporary file.

    Raises CsvUnreadable.
    """
    try:
        if not isinstance(source, str | Path):
            return _seekable(source)
        stream = Path(source).open("rb")  # noqa: SIM115 - closed by the caller
        try:
            return _seekable(stream)
        finally:
            if not stream.seekable():
                stream.close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CsvUnreadable(f"the file cannot be opened: {reason}") from error


def _seekable(stream: BinaryIO) -> BinaryIO:
    if stream.seekable():
        stream.seek(0)
        return stream
    spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed by the caller
    shutil.copyfileobj(stream, spool)
    spool.seek(0)
    return spool


def find_encoding(stream: BinaryIO) -> Encoding:
    """Read `stream` once and leave it at its start. Raises CsvUnreadable."""
    start = stream.read(4)
    stream.seek(0)
    if not start:
        raise CsvUnreadable("the file is empty")
    if b"\0" in start and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CsvUnreadable("not text, or UTF-16 without a byte-order mark; save it as UTF-8")
    for signature, kind in NOT_TEXT.items():
        if start.startswith(signature):
            raise CsvUnreadable(f"this is {kind}, not a CSV file; save it as CSV first")
    try:
        found = _survey(stream, start)
    except UnicodeDecodeError as error:
        raise CsvUnreadable(f"the file cannot be decoded as {error.encoding}") from error
    stream.seek(0)
    return found


def _survey(stream: BinaryIO, start: bytes) -> Encoding:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _count(stream, "utf-16", "surrogatepass")
        return Encoding("utf-16", "surrogatepass")
    broken, well_formed = _count(stream, "utf-8-sig", "surrogateescape")
    if not broken:
        return Encoding("utf-8-sig", "strict")
    if start.startswith(codecs.BOM_UTF8) or well_formed > broken:
        warning = f"{broken:,} bytes are not UTF-8; the rows that hold them are refused"
        return Encoding("utf-8-sig", "surrogateescape", warning)
    warning = "the file is not UTF-8; it was read as Windows-1252, check accented letters"
    return Encoding("cp1252", "undefined-as-c1", warning)


def _count(stream: BinaryIO, codec: str, errors: str) -> tuple[int, int]:
    """How many bytes broke the encoding and how many characters beyond ASCII were well formed."""
    decoder = codecs.getincrementaldecoder(codec)(errors)
    broken = well_formed = 0
    while piece := stream.read(PIECE):
        text = decoder.decode(piece)
        if not text.isascii():
            broken += len(BROKEN.findall(text))
            well_formed += len(WELL_FORMED.findall(text))
    return broken + len(BROKEN.findall(decoder.decode(b"", final=True))), well_formed


def as_text(stream: BinaryIO, encoding: Encoding) -> io.TextIOWrapper:
    """The decoded text, line ends as they are in the file."""
    return io.TextIOWrapper(
        cast(IO[bytes], stream), encoding=encoding.codec, errors=encoding.errors, newline=""
    )
