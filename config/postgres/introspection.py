"""What a schema holds by itself, asked without a change to the session."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql.introspection import DatabaseIntrospection


def _in_this_schema(method: Callable[..., Any]) -> Callable[..., Any]:
    def asked(self: Any, *arguments: Any, **options: Any) -> Any:
        with self.connection.without_public():
            return method(self, *arguments, **options)

    asked.__doc__ = method.__doc__
    return asked


class Introspection(DatabaseIntrospection):
    """Django's own, which sees what is on the search path, kept to the present schema.

    django-tenants' would set the session's path, and a pooler hand that to another client.
    """

    get_table_list = _in_this_schema(DatabaseIntrospection.get_table_list)
    get_table_description = _in_this_schema(DatabaseIntrospection.get_table_description)
    get_sequences = _in_this_schema(DatabaseIntrospection.get_sequences)
    get_relations = _in_this_schema(DatabaseIntrospection.get_relations)
    get_constraints = _in_this_schema(DatabaseIntrospection.get_constraints)
