"""The catalogue's own migrations, and those of the next version."""

from apps.catalog import migrations

__path__.extend(migrations.__path__)
