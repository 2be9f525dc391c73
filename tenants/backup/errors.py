"""What can be wrong with a backup, its keys or the place for it. Commands tell it and exit."""


class BackupError(Exception):
    """Nothing was done, or all that was done is undone."""


class NoBackupKey(BackupError):
    """BACKUP_ENCRYPTION_KEYS is empty, malformed, or lacks the key that a file was made with."""


class BackupUnreadable(BackupError):
    """It was cut off, altered, or is no backup at all."""


class BackupNotMade(BackupError):
    """The shop could not be read as of one moment."""


class CannotRestore(BackupError):
    """The backup is sound, and there is no place for it here."""


class PlaceNotUsable(BackupError):
    """Where it should be written to or read from is no such place, or not open to us."""
