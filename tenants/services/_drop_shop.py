from django.db import connection

from apps.shared.db import joins_transaction
from apps.shared.invariants.models import InvariantResult
from apps.shared.relay.models import Backlog, Wakeup
from apps.shared.schedule.models import ScheduledRun
from tenants.models import Domain, Tenant
from tenants.names import SCHEMA
from tenants.provisioning import forget_gone_shop

# Whoever still works in the schema is waited for, not cut off; who waits longer comes again.
_LOCK_TIMEOUT = "5s"


@joins_transaction
def drop_shop(*, schema_name: str) -> None:
    """Remove a shop: its schema with all that is in it, and its rows in `public`; no other's.

    The caller works in `public`. What has no such schema or rows any more is left alone. Waits 5 s
    at most for those who work in the schema. Raises OperationalError then.
    """
    if not SCHEMA.fullmatch(schema_name):
        raise ValueError(f"{schema_name!r} is no shop's schema")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
        cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(schema_name)} CASCADE")
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    # After the schema: whoever worked in it has committed by now, and these see what he left.
    for model in (Wakeup, Backlog, ScheduledRun, InvariantResult):
        model.objects.filter(schema_name=schema_name).delete()
    forget_gone_shop(schema_name)
    for domain in Domain.objects.filter(tenant__schema_name=schema_name):
        domain.delete()
    Tenant.objects.filter(schema_name=schema_name).delete()
