"""The database engine: django-tenants' own, without session state and with a pool of ours."""

import select
import time
from typing import Any

import psycopg

from apps.shared import clock
from config.postgres.in_transaction import SchemaInTransaction

# Each shop's statements are its own, and many shops take turns on a connection. By itself psycopg
# keeps a hundred, and those of ten shops' purchases would be prepared anew each time.
_PREPARED_STATEMENTS = 1000


class DatabaseWrapper(SchemaInTransaction):
    """Connections rarely break alone: when one is found broken, its pool starts anew.

    After a restart of the server every idle connection would fail a request or a provider's webhook
    otherwise. Most are found before they are used: this machine's kernel knows already that the
    server has hung up. Django's health checks are no answer: psycopg's pool pauses for 1, 2, 4 s
    between the stale connections that it finds, until the request gives up; and each costs a round
    trip.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> "psycopg.Connection[Any]":
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        if self.pool and is_over(connection):
            connection.close()
            self.pool.putconn(connection)
            self.pool.drain()
            connection = super().get_new_connection(conn_params)
        return connection

    def _configure_connection(self, connection: "psycopg.Connection[Any]") -> bool:
        """Of a new connection; the pool commits when this says so."""
        connection.prepared_max = _PREPARED_STATEMENTS
        asked = time.monotonic()
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        if row is not None:
            clock.compare(row[0], asked=asked)
        return bool(super()._configure_connection(connection))

    def _close(self) -> None:
        connection = self.connection
        broken = connection is not None and connection.closed
        super()._close()
        if broken and self.pool:
            self.pool.drain()


def is_over(connection: "psycopg.Connection[Any]") -> bool:
    """Whether the server has hung up on an idle connection, as far as this machine knows.

    A server says nothing unasked but farewell. Costs two microseconds, no round trip.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
