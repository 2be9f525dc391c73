"""A stream that nobody can read, alter, shorten or reorder without the key.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as in age and Tink: chunks of
64 KiB under ChaCha20-Poly1305 (`cryptography`) whose nonce holds the chunk's number and whether it
is the last. The key of a file is derived (HKDF-SHA256) from one of BACKUP_ENCRYPTION_KEYS and the
file's own salt; the header goes into it, so that an altered header opens nothing.
"""

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tenants.backup.errors import BackupUnreadable
from tenants.backup.keys import ID_BYTES, KEY_BYTES, key_id, key_of, newest_key

MAGIC = b"galleria backup 1\n"
CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_SALT_BYTES = 32
HEADER_BYTES = len(MAGIC) + ID_BYTES + _SALT_BYTES


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    """What gives bytes: at most `size`, none only at its end."""

    def read(self, size: int, /) -> bytes: ...


class SealingWriter:
    """Seals what is written and hands it on. Without `finish` the file opens as one cut off."""

    def __init__(self, sink: Sink) -> None:
        key, salt = newest_key(), os.urandom(_SALT_BYTES)
        header = MAGIC + key_id(key) + salt
        self._cipher = _cipher(key, header)
        self._sink = sink
        self._pending = bytearray()
        self._number = 0
        sink.write(header)

    def write(self, data: bytes) -> int:
        self._pending += data
        # A full chunk waits until it is known not to be the last.
        while len(self._pending) > CHUNK_BYTES:
            self._seal(bytes(self._pending[:CHUNK_BYTES]), is_last=False)
            del self._pending[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Seal what is left as the last chunk. Nothing may be written afterwards."""
        self._seal(bytes(self._pending), is_last=True)
        self._pending.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._number, is_last), chunk, None))
        self._number += 1


class OpeningReader:
    """Reads what was sealed. Whatever it returns was proven to be what was written there.

    Raises BackupUnreadable, NoBackupKey.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        header = self._take(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
            raise BackupUnreadable("This is no backup of this format.")
        self._cipher = _cipher(key_of(header[len(MAGIC) :][:ID_BYTES]), header)
        self._number = 0
        self._opened = bytearray()
        self._ahead = self._take(CHUNK_BYTES + _TAG_BYTES)
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none only when the last chunk has been opened."""
        while not self._is_over and (size < 0 or len(self._opened) < size):
            self._open_one()
        size = len(self._opened) if size < 0 else size
        found = bytes(self._opened[:size])
        del self._opened[:size]
        return found

    def _open_one(self) -> None:
        sealed, self._ahead = self._ahead, self._take(CHUNK_BYTES + _TAG_BYTES)
        is_last = not self._ahead
        try:
            self._opened += self._cipher.decrypt(_nonce(self._number, is_last), sealed, None)
        except InvalidTag:
            raise BackupUnreadable(
                f"Chunk {self._number + 1} is not what was written: altered, or the file was cut."
            ) from None
        self._number += 1
        self._is_over = is_last

    def _take(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size and (more := self._source.read(size - len(found))):
            found += more
        return bytes(found)


def _cipher(key: bytes, header: bytes) -> ChaCha20Poly1305:
    salt = header[-_SALT_BYTES:]
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=header).derive(key)
    return ChaCha20Poly1305(derived)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
