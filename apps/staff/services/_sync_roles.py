from django.contrib.auth.models import Group, Permission

from apps.shared.db import joins_transaction
from apps.staff.roles import Role, allows


@joins_transaction
def sync_roles() -> None:
    """Make the groups of the current schema, and their permissions, what apps.staff.roles says.

    A fixed number of statements; nothing is written when nothing differs.
    """
    Group.objects.bulk_create([Group(name=role) for role in Role], ignore_conflicts=True)
    groups = {group.name: group.pk for group in Group.objects.filter(name__in=Role.values)}
    wanted = {
        (groups[role], pk)
        for pk, codename, app_label, model in Permission.objects.values_list(
            "pk", "codename", "content_type__app_label", "content_type__model"
        )
        for role in Role
        if allows(role, app_label=app_label, model=model, action=codename.partition("_")[0])
    }
    links = Group.permissions.through.objects.filter(group_id__in=groups.values())
    present = {(group, permission): pk for pk, group, permission in links.values_list()}
    links.filter(pk__in=[pk for pair, pk in present.items() if pair not in wanted]).delete()
    Group.permissions.through.objects.bulk_create(
        Group.permissions.through(group_id=group, permission_id=permission)
        for group, permission in sorted(wanted - present.keys())
    )
