"""`manage.py create_tenant_superuser` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = (
        "Staff are kept in the shop's own admin; `manage.py tenant_command "
        "createsuperuser --schema=shop_<name>` makes the first one."
    )
