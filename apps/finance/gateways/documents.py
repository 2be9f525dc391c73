"""Where documents lie: private storage, a folder per shop, never under a public URL."""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

_TRIES = 3


class DocumentNotKept(OSError):
    """The storage did not keep what was put into it."""


def put(path: str, content: bytes) -> None:
    """Make `content` the file at `path`, and the only one of it, whatever was there before.

    What a killed worker left half written is replaced. Storages save under another name when the
    wanted one is taken: such a copy is removed again, and the file itself looked at once more.
    Raises DocumentNotKept.
    """
    storage = _storage()
    for _ in range(_TRIES):
        if _read(storage, path) == content:
            return
        storage.delete(path)
        saved = storage.save(path, ContentFile(content))
        if saved != path:
            storage.delete(saved)
    if _read(storage, path) != content:
        raise DocumentNotKept(path)


def get(path: str) -> bytes | None:
    """The file at `path`, or None."""
    return _read(_storage(), path)


def _storage() -> Storage:
    return storages["private"]


def _read(storage: Storage, path: str) -> bytes | None:
    try:
        with storage.open(path) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return None
