"""How each shop's migration stands, for people: one row a shop, in `public`.

A run that was killed leaves its last shops `running`; the next run takes them up like all others.
"""

from collections.abc import Sequence

from django.db import connection

from tenants.states import MigrationState

_EXPECT = """
    INSERT INTO public.tenants_shopmigration
        (tenant_id, state, step, error, attempts, fingerprint, asked_at)
    SELECT id, 'waiting', '', '', 0, %s, clock_timestamp() FROM public.tenants_tenant
    WHERE schema_name = ANY(%s)
    ON CONFLICT (tenant_id) DO UPDATE SET state = 'waiting',
        fingerprint = excluded.fingerprint, asked_at = excluded.asked_at,
        attempts = CASE WHEN tenants_shopmigration.state = 'done' THEN 0
            ELSE tenants_shopmigration.attempts END
"""
# The disk is not waited for: should the server crash, the next run begins with what is true then.
_BEGIN = """
    UPDATE public.tenants_shopmigration SET state = 'running', step = '', error = '',
        attempts = attempts + 1, began_at = clock_timestamp(), ended_at = NULL
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
    WHERE tenant_id = (SELECT id FROM public.tenants_tenant WHERE schema_name = %s)
"""
_END = """
    UPDATE public.tenants_shopmigration
    SET state = %s, step = %s, error = %s, ended_at = clock_timestamp()
    WHERE tenant_id = (SELECT id FROM public.tenants_tenant WHERE schema_name = %s)
"""
_LONGEST_ERROR = 4_000


def expect(schemas: Sequence[str], *, fingerprint: str) -> None:
    """These shops are to be brought to `fingerprint`; nobody has begun yet."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPECT, [fingerprint, list(schemas)])


def note_begun(schema: str) -> None:
    """Somebody works on the shop from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [schema])


def note_done(schema: str, *, step: str) -> None:
    """The shop is up to date; in the transaction that made it so. Schemas without a shop have no
    record."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [MigrationState.DONE, step, "", schema])


def note_failed(schema: str, *, step: str, error: str) -> None:
    """The shop is not up to date, and why."""
    with connection.cursor() as cursor:
        told = error.replace("\x00", "")[:_LONGEST_ERROR]
        cursor.execute(_END, [MigrationState.FAILED, step, told, schema])
