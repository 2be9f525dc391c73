"""The keys that backups are sealed with: BACKUP_ENCRYPTION_KEYS, the newest first.

Each is 32 bytes in URL-safe base64, as FIELD_ENCRYPTION_KEYS are; they should be others. The first
one seals, each of them opens: to rotate, put a new one in front and keep the others for as long as
backups that they sealed.
"""

import base64
import binascii
import hashlib

from django.conf import settings

from tenants.backup.errors import NoBackupKey

KEY_BYTES = 32
ID_BYTES = 8
_MAKE_ONE = (
    'python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
)


def newest_key() -> bytes:
    """The key to seal with. Raises NoBackupKey."""
    keys = _keys()
    if not keys:
        raise NoBackupKey(f"BACKUP_ENCRYPTION_KEYS is empty. Make a key: {_MAKE_ONE}")
    return keys[0]


def key_of(wanted: bytes) -> bytes:
    """The key with this id. Raises NoBackupKey."""
    for key in _keys():
        if key_id(key) == wanted:
            return key
    raise NoBackupKey(f"None of BACKUP_ENCRYPTION_KEYS is key {wanted.hex()}, which sealed it.")


def key_id(key: bytes) -> bytes:
    """What a file says of its key; it tells nothing of the key itself."""
    return hashlib.sha256(b"galleria backup key id" + key).digest()[:ID_BYTES]


def _keys() -> list[bytes]:
    return [_read(number, text) for number, text in enumerate(settings.BACKUP_ENCRYPTION_KEYS, 1)]


def _read(number: int, text: str) -> bytes:
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise NoBackupKey(f"Key {number} of BACKUP_ENCRYPTION_KEYS is not 32 bytes in base64.")
    return key
