"""`manage.py create_missing_schemas` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = "`manage.py setup_platform` brings every schema up to date."
