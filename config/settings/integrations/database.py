"""PostgreSQL, through django-tenants' backend and psycopg's pool."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

# Seconds, and milliseconds for the last one; libpq ignores them for unix sockets.
_LIVENESS: dict[str, Any] = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


def database_from_url(url: str, *, prepared_statements: bool, pool_size: int = 8) -> dict[str, Any]:
    """Django's database settings from a libpq connection URI.

    `postgresql://user:secret@host:5432/name?sslmode=require`, or with `?host=/run/postgresql` for
    a socket. What Django has no setting of its own for is handed to libpq as it is.
    `prepared_statements` must be off behind a transaction pooler that does not keep track of them
    (PgBouncer before 1.21).
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    options: dict[str, Any] = {
        key: value
        for key, value in parts.items()
        if key not in {"dbname", "user", "password", "host", "port"}
    }
    # A server that vanished without a word (a half-open network) is given up in time.
    options = {**_LIVENESS, **options}
    # Django's own statements are never prepared; those of apps.shared.fast_sql are, if they may.
    options["prepare_threshold"] = 5 if prepared_statements else None
    # A connection for each thread of a process and some to spare; waiting longer than this means
    # that the database is in trouble, and the request is answered 503. The pool soon stops to try
    # by itself, at growing intervals: then it tries whenever somebody asks.
    options["pool"] = {
        "min_size": 1,
        "max_size": pool_size,
        "timeout": 10,
        "reconnect_timeout": 3,
    }
    return {
        "ENGINE": "config.postgres",
        "NAME": parts.get("dbname", "galleria"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }
