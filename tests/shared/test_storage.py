"""Private files belong to one shop each."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from tests.support.shops import TestShop, use_shop


@pytest.fixture
def storage(tmp_path: Path):
    """Private storage as the settings make it, in a folder of the test's own."""
    made = settings.STORAGES["private"]
    return import_string(made["BACKEND"])(**{**made["OPTIONS"], "location": str(tmp_path)})


def test_each_shop_has_a_folder_of_its_own(
    shop_a: TestShop, shop_b: TestShop, storage, tmp_path: Path
):
    assert storage.save("invoices/1.pdf", ContentFile(b"of a")) == "invoices/1.pdf"
    with use_shop(shop_b):
        assert not storage.exists("invoices/1.pdf")
        assert storage.save("invoices/1.pdf", ContentFile(b"of b")) == "invoices/1.pdf"

    with storage.open("invoices/1.pdf") as file:
        assert file.read() == b"of a"
    assert (tmp_path / shop_a.schema / "invoices" / "1.pdf").read_bytes() == b"of a"
    assert (tmp_path / shop_b.schema / "invoices" / "1.pdf").read_bytes() == b"of b"


def test_only_the_process_may_read_them(shop_a: TestShop, storage, tmp_path: Path):
    storage.save("invoices/1.pdf", ContentFile(b"x"))

    folder = tmp_path / shop_a.schema / "invoices"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "1.pdf").stat().st_mode & 0o777 == 0o600


def test_no_url_leads_to_them(shop_a: TestShop, storage):
    with pytest.raises(ValueError, match="not accessible via a URL"):
        storage.url("invoices/1.pdf")


@pytest.mark.parametrize("name", ["../shop_test_b/invoices/1.pdf", "/etc/passwd"])
def test_no_name_leads_out_of_the_folder(shop_a: TestShop, storage, name: str):
    from django.core.exceptions import SuspiciousFileOperation

    with pytest.raises(SuspiciousFileOperation):
        storage.open(name)
