"""Backups in folders and in S3 (moto)."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.management.base import CommandError
from moto import mock_aws

from tenants.backup import places
from tenants.backup.errors import PlaceNotUsable
from tests.backup.shops import back_up, but_settled, fill, restore, sums
from tests.support.shops import drop_shop

BUCKET = "backups-of-shops"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield client


def keys(bucket: Any) -> list[str]:
    return [one["Key"] for one in bucket.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def uploads(bucket: Any) -> list[Any]:
    return list(bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


def test_a_shop_goes_to_s3_and_comes_back(committed_shop, bucket, tmp_path):
    fill(committed_shop)
    before = sums(committed_shop.schema)
    address = back_up(committed_shop, f"s3://{BUCKET}/shops/daily/")
    assert keys(bucket) == [address.removeprefix(f"s3://{BUCKET}/")]
    assert address.startswith(f"s3://{BUCKET}/shops/daily/{committed_shop.slug}-")
    drop_shop(committed_shop)

    restore(address)

    assert but_settled(sums(committed_shop.schema)) == but_settled(before)


def test_what_is_longer_than_a_part_goes_up_in_parts(bucket, monkeypatch):
    monkeypatch.setattr(places, "_S3_PART_BYTES", 5 * 1024 * 1024)
    data = bytes(range(256)) * 4096 * 13
    with places.writing(f"s3://{BUCKET}", "long") as (sink, address):
        for begin in range(0, len(data), 700_001):
            sink.write(data[begin : begin + 700_001])
    assert (sink.count, address) == (len(data), f"s3://{BUCKET}/long")
    assert bucket.head_object(Bucket=BUCKET, Key="long")["ETag"].strip('"').endswith("-3")
    with places.reading(address) as (source, size):
        assert (source.read(len(data) + 1), size) == (data, len(data))


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_what_is_not_finished_is_not_there(bucket, tmp_path, where):
    to = str(tmp_path / "to") if where == "folder" else f"s3://{BUCKET}/to"
    with pytest.raises(UnicodeError), places.writing(to, "name") as (sink, _):
        sink.write("\ud800".encode())
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]
    assert keys(bucket) == uploads(bucket) == []


def test_places_that_are_none(committed_shop, bucket, tmp_path):
    with pytest.raises(CommandError, match="NoSuchBucket"):
        back_up(committed_shop, "s3://no-such-bucket/x")
    with pytest.raises(CommandError, match="no bucket"):
        back_up(committed_shop, "s3:///x")
    with pytest.raises(CommandError, match="NoSuchKey"):
        restore(f"s3://{BUCKET}/nothing")
    with pytest.raises(PlaceNotUsable), places.writing("/proc/nowhere", "name"):
        raise AssertionError("it was opened")


def test_a_file_is_not_open_to_others(tmp_path):
    with places.writing(str(tmp_path / "new"), "name") as (sink, address):
        sink.write(b"x")
    assert (tmp_path / "new" / "name").stat().st_mode & 0o777 == 0o600
    assert address == str(tmp_path / "new" / "name")
