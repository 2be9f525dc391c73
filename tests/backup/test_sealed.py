"""What is sealed opens as it was, or not at all."""

import io

import pytest

from tenants.backup.errors import BackupUnreadable, NoBackupKey
from tenants.backup.sealed import CHUNK_BYTES, HEADER_BYTES, OpeningReader, SealingWriter

SEALED_BYTES = CHUNK_BYTES + 16
OTHER_KEY = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMDA="


def sealed(data: bytes) -> bytes:
    out = io.BytesIO()
    writer = SealingWriter(out)
    for begin in range(0, len(data), 100_000):
        writer.write(data[begin : begin + 100_000])
    writer.finish()
    return out.getvalue()


def opened(data: bytes) -> bytes:
    return OpeningReader(io.BytesIO(data)).read()


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1_000_003]
)
def test_it_opens_as_it_was(size):
    data = bytes(number % 251 for number in range(size))
    found = sealed(data)
    assert opened(found) == data
    assert data[:64] not in found or not data
    assert len(found) == HEADER_BYTES + size + 16 * max(1, -(-size // CHUNK_BYTES))


def test_two_of_the_same_have_nothing_in_common():
    first, second = sealed(b"tea" * 1000), sealed(b"tea" * 1000)
    assert first[HEADER_BYTES:] != second[HEADER_BYTES:]


DATA = b"0123456789" * (CHUNK_BYTES // 4)


@pytest.mark.parametrize(
    "length",
    [
        0,
        5,
        HEADER_BYTES,
        HEADER_BYTES + 1,
        HEADER_BYTES + SEALED_BYTES,
        HEADER_BYTES + 2 * SEALED_BYTES,
        -1,
    ],
)
def test_one_that_was_cut_off_anywhere_is_refused(length):
    with pytest.raises(BackupUnreadable):
        opened(sealed(DATA)[:length])


@pytest.mark.parametrize("at", [HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + SEALED_BYTES, -1])
def test_one_with_another_bit_is_refused(at):
    found = bytearray(sealed(DATA))
    found[at] ^= 1
    with pytest.raises(BackupUnreadable):
        opened(bytes(found))


def test_one_whose_chunks_changed_places_or_came_twice_is_refused():
    found = sealed(DATA)
    header, chunks = found[:HEADER_BYTES], found[HEADER_BYTES:]
    first, second, rest = (
        chunks[:SEALED_BYTES],
        chunks[SEALED_BYTES : 2 * SEALED_BYTES],
        chunks[2 * SEALED_BYTES :],
    )
    assert opened(header + first + second + rest) == DATA
    for other in (second + first + rest, first + first + second + rest, first + rest, rest):
        with pytest.raises(BackupUnreadable):
            opened(header + other)
    with pytest.raises(BackupUnreadable):
        opened(found + b"more")


def test_keys_are_rotated_by_putting_a_new_one_in_front(settings):
    [known] = settings.BACKUP_ENCRYPTION_KEYS
    of_the_old = sealed(b"old")
    settings.BACKUP_ENCRYPTION_KEYS = [OTHER_KEY, known]
    of_the_new = sealed(b"new")
    assert opened(of_the_old) == b"old"
    assert opened(of_the_new) == b"new"
    settings.BACKUP_ENCRYPTION_KEYS = [known]
    with pytest.raises(NoBackupKey, match="which sealed it"):
        opened(of_the_new)


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["%" * 44]])
def test_without_a_key_nothing_is_sealed(settings, keys):
    settings.BACKUP_ENCRYPTION_KEYS = keys
    out = io.BytesIO()
    with pytest.raises(NoBackupKey):
        SealingWriter(out)
    assert out.getvalue() == b""
