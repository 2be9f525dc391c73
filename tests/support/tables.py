"""Every row of a schema, as numbers that differ when one of them does."""

from django.db import connection

from apps.shared.schema import PUBLIC, use_schema


def fingerprints(*schemas: str) -> dict[str, tuple[int, str]]:
    """Row count and checksum of every table, by its qualified name."""
    found = {}
    with use_schema(PUBLIC), connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE schemaname = ANY(%s)",
            [list(schemas)],
        )
        for schema, table in cursor.fetchall():
            name = f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(table)}"
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
                f" FROM {name} AS t"
            )
            count, checksum = cursor.fetchone()
            found[name] = (count, checksum)
    return found
