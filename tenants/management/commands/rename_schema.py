"""`manage.py rename_schema` of django-tenants, refused."""

from tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Not on this platform."
    instead = (
        "A schema is named for good when its shop is made: change the shop's name or its hosts."
    )
