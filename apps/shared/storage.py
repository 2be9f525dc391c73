"""Files that are nobody's but the shop's: invoices, exports."""

import os
import shutil

from django.core.files.storage import FileSystemStorage, storages

from apps.shared.schema import current_schema, use_schema


class PrivateStorage(FileSystemStorage):
    """A folder per schema below `location`, and no URL to any file in it.

    django-tenants' own storage forgets the tenant when it is given a location: all shops would
    share one folder, and the first invoice of each has the same name.
    """

    @property
    def location(self) -> str:
        """Asked for at every access: one storage object serves all shops of the process."""
        return os.path.join(os.path.abspath(self.base_location), current_schema())

    @property
    def base_url(self) -> None:  # type: ignore[override]
        """`url()` raises ValueError: what is private goes through a view that asks who it is."""
        return


def remove_files_of(schema_name: str) -> None:
    """Delete all private files of a shop that is gone; those of no other. It may be repeated.

    Raises OSError when something of it cannot be deleted.
    """
    with use_schema(schema_name):
        folder = storages["private"].path("")
    if os.path.basename(os.path.normpath(folder)) != schema_name:
        raise ValueError(f"{folder} is not the folder of {schema_name!r} alone")
    if os.path.isdir(folder):
        shutil.rmtree(folder)
