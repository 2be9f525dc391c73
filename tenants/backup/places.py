"""Where backups lie: a folder, or S3 (`s3://bucket/prefix`).

S3 is reached as AWS' own tools do it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, or by
the machine's role; AWS_ENDPOINT_URL_S3 names others that speak S3.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from tenants.backup.errors import PlaceNotUsable
from tenants.backup.sealed import Sink, Source

# S3 takes up to 10,000 parts of at least 5 MiB: this is room for 160 GB, at 16 MiB of memory.
_S3_PART_BYTES = 16 * 1024 * 1024


class _Counting:
    """Tells how many bytes went through."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.count = 0

    def write(self, data: bytes) -> int:
        self._sink.write(data)
        self.count += len(data)
        return len(data)


class WrittenTo(Protocol):
    """A place being written to, and how much by now."""

    count: int

    def write(self, data: bytes, /) -> object: ...


@contextmanager
def writing(to: str, name: str) -> Iterator[tuple[WrittenTo, str]]:
    """A new file of this name in a folder or below an S3 address, and its full address.

    It is there when the block has ended well; else nothing is. Killed, a folder keeps a `.partial`
    that no restore accepts, and S3 the parts of an upload that was never completed.

    Raises PlaceNotUsable.
    """
    open_one = _writing_to_s3 if to.startswith("s3://") else _writing_to_folder
    with open_one(to, name) as (sink, address):
        yield _Counting(sink), address


@contextmanager
def reading(address: str) -> Iterator[tuple[Source, int]]:
    """A backup's bytes, and how many there are. Raises PlaceNotUsable."""
    if address.startswith("s3://"):
        with _reading_from_s3(address) as found:
            yield found
        return
    try:
        file = Path(address).open("rb")  # noqa: SIM115 - closed below: only opening is told of
    except OSError as error:
        raise PlaceNotUsable(f"{address}: {error.strerror}") from error
    with file:
        yield file, os.fstat(file.fileno()).st_size


@contextmanager
def _writing_to_folder(to: str, name: str) -> Iterator[tuple[Sink, str]]:
    path = Path(to) / name
    partial = path.with_name(f"{name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise PlaceNotUsable(f"{partial}: {error.strerror}") from error
    try:
        with open(descriptor, "wb") as file:
            yield file, str(path)
            file.flush()
            os.fsync(descriptor)
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """A file's new name outlives a loss of power only when its folder is written out, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Upload:
    """A multipart upload: each part leaves when it is full."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._id = client.create_multipart_upload(**self._where)["UploadId"]
        self._pending = bytearray()
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self._pending += data
        while len(self._pending) >= _S3_PART_BYTES:
            self._send(bytes(self._pending[:_S3_PART_BYTES]))
            del self._pending[:_S3_PART_BYTES]
        return len(data)

    def complete(self) -> None:
        self._send(bytes(self._pending))
        self._client.complete_multipart_upload(
            **self._where, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        self._client.abort_multipart_upload(**self._where, UploadId=self._id)

    def _send(self, data: bytes) -> None:
        number = len(self._parts) + 1
        answer = self._client.upload_part(
            **self._where, UploadId=self._id, PartNumber=number, Body=data
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


@contextmanager
def _writing_to_s3(to: str, name: str) -> Iterator[tuple[Sink, str]]:
    bucket, prefix = _bucket_and_key(to)
    key = "/".join(one for one in (prefix.rstrip("/"), name) if one)
    with _told(to):
        upload = _Upload(_client(), bucket, key)
        try:
            yield upload, f"s3://{bucket}/{key}"
            upload.complete()
        except BaseException:
            upload.abort()
            raise


@contextmanager
def _reading_from_s3(address: str) -> Iterator[tuple[Source, int]]:
    bucket, key = _bucket_and_key(address)
    with _told(address):
        found = _client().get_object(Bucket=bucket, Key=key)
        with found["Body"] as body:
            yield body, found["ContentLength"]


def _bucket_and_key(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    if not parts.netloc:
        raise PlaceNotUsable(f"{address}: no bucket")
    return parts.netloc, parts.path.lstrip("/")


def _client() -> Any:
    # Here: whoever makes no backups to S3 need not wait for its import.
    import boto3

    return boto3.client("s3")  # type: ignore[no-untyped-call]


@contextmanager
def _told(address: str) -> Iterator[None]:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise PlaceNotUsable(f"{address}: {error}") from error
