"""`manage.py delete_tenant` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = "A shop's data stays: suspend or archive it instead of deleting its schema."
