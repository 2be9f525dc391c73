"""Where everything that a run leaves behind lives: one data folder per use, all below `.data/`."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.local.errors import LocalError

PROJECT = Path(__file__).resolve().parents[2]
TEST = PROJECT / ".data" / "test"

# The kernel cuts AF_UNIX paths at 107 bytes, and PostgreSQL's longest name must still fit.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


def dev_root() -> Path:
    """`.data/dev`, or the folder that the environment names in DATA_DIR as for the settings."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".data" / "dev").absolute()


@dataclass(frozen=True)
class DataFolder:
    """One set of servers and their files, e.g. `.data/dev`."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """Locks, recorded processes and the environment of what runs."""
        return self.root / "run"

    @property
    def metrics(self) -> Path:
        """What the processes of one run count, a file for each."""
        return self.state / "metrics"

    @property
    def sockets(self) -> Path:
        """Folder of the unix sockets: `run`, or a short private one when that path is too long."""
        if len(os.fsencode(self.state)) <= _LONGEST_SOCKET_FOLDER:
            return self.state
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"galleria-{os.geteuid()}-{digest}"

    def create(self) -> None:
        """Make the folders, private to this user.

        Raises LocalError when a folder cannot be made or belongs to somebody else.
        """
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.root, self.state, self.logs, self.sockets):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LocalError(f"cannot create {error.filename}: {error.strerror}") from error
        self._require_private_sockets()

    def _require_private_sockets(self) -> None:
        """Whoever may enter this folder is PostgreSQL's superuser, so nobody else may."""
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise LocalError(f"{self.sockets} must be a folder with mode 0700: remove it")
        if found.st_uid != os.geteuid() and os.geteuid() != 0:
            raise LocalError(
                f"{self.sockets} belongs to another user (uid {found.st_uid}): "
                f"run as that user, or remove {self.root}"
            )
