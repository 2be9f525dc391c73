"""`manage.py create_tenant` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = (
        "Shops are made whole or not at all: on the platform's host, in the admin under “Shops”."
    )
