"""Commands that would leave half a shop are refused, whatever they are given."""

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from tenants.management.refused import RefusedCommand
from tenants.models import Domain, Tenant
from tests.support.shops import TestShop

REFUSED = {
    "clone_tenant",
    "create_domain",
    "create_missing_schemas",
    "create_tenant",
    "create_tenant_superuser",
    "delete_domain",
    "delete_tenant",
    "rename_schema",
}
# They only run something, in one schema or in all, or are what `setup_platform` uses.
KEPT = {
    "all_tenants_command",
    "collectstatic_schemas",
    "migrate",
    "migrate_schemas",
    "tenant_command",
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_and_says_what_to_do(shop_a: TestShop, name: str) -> None:
    before = list(Tenant.objects.values()), list(Domain.objects.values())
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, RefusedCommand)

    with pytest.raises(CommandError, match=r"does not work like that\. ."):
        call_command(name)

    assert (list(Tenant.objects.values()), list(Domain.objects.values())) == before


def test_every_command_of_django_tenants_was_thought_of() -> None:
    from django.core.management import find_commands
    from django_tenants import management

    offered = set(find_commands(management.__path__[0]))

    assert offered - {"__init__"} == REFUSED | KEPT
