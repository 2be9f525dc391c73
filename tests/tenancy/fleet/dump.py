"""A schema as text: what `pg_dump` says of it, and the rows that migrations leave behind."""

import re
import subprocess
from typing import Any

from django.conf import settings
from django.db import connection

from tests.support.databases import url_of
from tests.support.shops import TestShop, use_shop

_NOISE = re.compile(r"^\\(un)?restrict .*$|^--.*$", re.MULTILINE)


def structure(shop: TestShop) -> str:
    """Tables, columns in their order, constraints, indexes, sequences, functions, triggers."""
    database = url_of(str(connection.settings_dict["NAME"]))
    done = subprocess.run(
        [settings.PG_DUMP, "--schema-only", f"--schema={shop.schema}", f"--dbname={database}"],
        capture_output=True,
        text=True,
        check=True,
    )
    text = re.sub(rf"\b{shop.schema}\b", "shop", _NOISE.sub("", done.stdout))
    return re.sub(r"COMMENT ON SCHEMA shop IS '\w+';", "", text)


def left_behind(shop: TestShop) -> dict[str, list[Any]]:
    """Applied migrations in their order, content types, permissions and who has them."""
    return {what: _rows(shop, statement) for what, statement in _STATEMENTS.items()}


_STATEMENTS = {
    "migrations": "SELECT app, name FROM django_migrations ORDER BY id",
    "content types": "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
    "permissions": (
        "SELECT t.app_label, t.model, p.codename, p.name FROM auth_permission p "
        "JOIN django_content_type t ON t.id = p.content_type_id ORDER BY 1, 2, 3"
    ),
    "rights": (
        "SELECT g.name, p.codename FROM auth_group_permissions l "
        "JOIN auth_group g ON g.id = l.group_id "
        "JOIN auth_permission p ON p.id = l.permission_id ORDER BY 1, 2"
    ),
}


def _rows(shop: TestShop, statement: str) -> list[Any]:
    with use_shop(shop), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
