"""Sessions in the database of whoever's host it is, each change in a transaction."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import transaction


class SessionStore(DatabaseSessions):
    """Django's own saves in a transaction but deletes outside of any, which shops' schemas refuse
    (config.postgres)."""

    def delete(self, session_key: str | None = None) -> None:
        with transaction.atomic():
            super().delete(session_key)
