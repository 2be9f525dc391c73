"""What a shop's code does with the database, each as a read of the shop's own owner."""

from collections.abc import Callable

from celery import shared_task
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.shared.fast_sql import fetch_one
from apps.shared.schema import use_schema
from apps.shared.tasks import TenantTask
from apps.staff.models import User
from tests.support.shops import TestShop

Look = Callable[[str, Callable[[], str]], None]


@shared_task(base=TenantTask, name="pooler.owner")
def owner_by_task(*, schema_name: str, seen: list[str]) -> None:
    """Note whose owner a task sees."""
    seen.append(owner())


def owner() -> str:
    """The schema that the owner's address names. One statement."""
    return owner_named(User.objects.values_list("email", flat=True).get())


def owner_named(email: str) -> str:
    return TestShop(slug=email.removeprefix("owner@").removesuffix(".example")).schema


def all_of_a_shop(schema: str, schemas: list[str], look: Look) -> None:
    """One round; each way to read once."""
    other = schemas[(schemas.index(schema) + 1) % len(schemas)]
    with use_schema(schema):
        look(schema, owner)
        look(schema, in_transaction)
        look(schema, after_a_savepoint)
        look(schema, after_an_aborted_transaction)
        look(schema, lambda: in_a_hook(other))
        look(schema, by_iterator)
        look(schema, lambda: by_prepared_statement(schema))
        look(schema, lambda: by_task(schema))
        look(other, lambda: after_a_switch(other))
    look(schema, lambda: by_request(schema))
    connection.close()


def in_transaction() -> str:
    with transaction.atomic():
        User.objects.update(last_login=None)
        return owner()


def after_a_savepoint() -> str:
    with transaction.atomic():
        try:
            with transaction.atomic():
                fail()
        except DatabaseError:
            return owner()
    return ""


def after_an_aborted_transaction() -> str:
    try:
        with transaction.atomic():
            owner()
            fail()
    except DatabaseError:
        return owner()
    return ""


def in_a_hook(other: str) -> str:
    """Asked for in the present schema, run while another one is set."""
    seen: list[str] = []
    here = str(connection.schema_name)  # type: ignore[attr-defined]
    with use_schema(other), transaction.atomic(), use_schema(here):
        owner()
        transaction.on_commit(lambda: seen.append(owner()))
    return seen[0]


def by_iterator() -> str:
    """Outside a transaction and, by a cursor of the server, inside one."""
    emails = [user.email for user in User.objects.iterator(chunk_size=1)]
    with transaction.atomic():
        emails += [user.email for user in User.objects.iterator(chunk_size=1)]
    first, second = emails
    return owner() if first == second else "two shops"


def by_prepared_statement(schema: str) -> str:
    """Prepared where the pooler keeps track of that; named with its schema in any case."""
    row = fetch_one(f'SELECT email FROM "{schema}".staff_user', ())
    assert row is not None
    return owner_named(row[0])


def by_task(schema: str) -> str:
    seen: list[str] = []
    result = owner_by_task.apply(kwargs={"schema_name": schema, "seen": seen})
    result.get()
    return seen[0]


def after_a_switch(other: str) -> str:
    with transaction.atomic():
        owner()
        with use_schema(other):
            return owner()


def by_request(schema: str) -> str:
    """The sign-in page looks for a session, and the catalogue for the shop's settings."""
    slug = schema.removeprefix("shop_").replace("_", "-")
    client = Client(headers={"host": TestShop(slug=slug).domain})
    answer = client.post(
        "/admin/login/", {"username": f"owner@{slug}.example", "password": "owner-password"}
    )
    if answer.status_code != 302:
        return f"another shop's staff: {answer.status_code}"
    page = client.get("/admin/")
    return schema if f"owner@{slug}.example".encode() in page.content else "another shop's page"


def fail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
