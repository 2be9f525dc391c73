"""`manage.py create_domain` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = "Hosts are kept on the platform's host, in the admin under “Domains”."
