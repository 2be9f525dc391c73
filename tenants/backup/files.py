"""A shop's files: what is private to it, and its folder of public media, if it has one."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from uuid import uuid4

from django.conf import settings

from tenants.backup.errors import BackupUnreadable

_READ_BYTES = 256 * 1024
# A shop's folder has the name of its schema, which begins with no dot.
_STAGED = ".restoring-"
_SET_ASIDE = ".before-restore-"


def _roots() -> Mapping[str, Path]:
    return {"private": Path(settings.PRIVATE_MEDIA_ROOT), "media": Path(settings.MEDIA_ROOT)}


@dataclass(frozen=True)
class ShopFile:
    """A file below the shop's folder of an area, `private` or `media`."""

    area: str
    path: str

    def blocks(self, schema: str) -> Iterator[bytes]:
        """Its bytes. Raises FileNotFoundError when it is gone by now."""
        with (_roots()[self.area] / schema / self.path).open("rb") as file:
            while block := file.read(_READ_BYTES):
                yield block


def files_of(schema: str) -> Iterator[ShopFile]:
    """All plain files of a shop that are there now, by path."""
    for area, root in _roots().items():
        folder = root / schema
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield ShopFile(area, path.relative_to(folder).as_posix())


class StagedFiles:
    """A shop's files, out of everybody's sight until they are `moved` to where they belong."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._name = f"{_STAGED}{schema}-{uuid4().hex}"
        self._moved: list[Path] = []
        self._aside: list[tuple[Path, Path]] = []
        self.count = 0

    def add(self, area: str, path: str, frames: Iterator[bytes]) -> str:
        """Write a file; its digest. Raises BackupUnreadable for a path that leads elsewhere."""
        plain = PurePosixPath(path)
        if area not in _roots() or plain.is_absolute() or ".." in plain.parts:
            raise BackupUnreadable(f"A file is called {path!r} in {area!r}.")
        target = _roots()[area] / self._name / plain
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            for frame in frames:
                digest.update(frame)
                file.write(frame)
            file.flush()
            os.fsync(descriptor)
        self.count += 1
        return digest.hexdigest()

    def moved(self, *, now: datetime) -> list[Path]:
        """Give the shop its files. What lay in their place is set aside; returns where."""
        for root in _roots().values():
            staged, place = root / self._name, root / self._schema
            if place.exists():
                kept = root / f"{_SET_ASIDE}{self._schema}-{now:%Y%m%dT%H%M%S%f}"
                place.rename(kept)
                self._aside.append((kept, place))
            if staged.exists():
                staged.rename(place)
                self._moved.append(place)
        return [kept for kept, _ in self._aside]

    def take_back(self) -> None:
        """Remove all that was written, wherever it is, and put back what had to make room."""
        for folder in (*(root / self._name for root in _roots().values()), *self._moved):
            shutil.rmtree(folder, ignore_errors=True)
        for kept, place in self._aside:
            kept.rename(place)


def forget_staged(schema: str) -> None:
    """Remove what a killed restore of this schema left. Nobody else restores it now."""
    for root in _roots().values():
        for folder in root.glob(f"{_STAGED}{schema}-*"):
            shutil.rmtree(folder)
