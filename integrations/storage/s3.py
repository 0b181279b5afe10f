"""Keeps files in a bucket of S3, R2 or another storage that speaks S3's protocol.

The client adds no checksums where the protocol asks for none: R2 refuses those that it does not know, sometimes as
"Unauthorized". Whether a file has arrived whole is seen by its size.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import aioboto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from analytics.clock import Clock
from integrations.errors import InvalidResponse, Rejected, TimedOut, Unavailable, VendorError
from integrations.storage.door import LINK_LIFE, FileLink, StoredFile, checked_key, checked_prefix, shown_as

MIB = 1024 * 1024
# One part is in memory at a time. 10,000 of them are the most that S3 takes: 160 GB.
PART_BYTES = 16 * MIB
_TOO_MANY, _SERVER_FAULT = 429, 500


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """Where files are kept, and with what credentials; `region` is `auto` where the storage has none."""

    endpoint_url: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "auto"


@dataclass(frozen=True, slots=True)
class S3Patience:
    """How long calls may take, in seconds: to connect, until an answer, and a whole call with its repetitions."""

    connect_s: float = 5
    answer_s: float = 30
    total_s: float = 90
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class S3Storage:
    """`client` is aioboto3's; it is open."""

    client: Any = field(repr=False)
    bucket: str
    clock: Clock = field(repr=False)
    patience: S3Patience = S3Patience()
    part_bytes: int = PART_BYTES

    async def put(self, key: str, source: Path, *, media_type: str) -> None:
        place = {"Bucket": self.bucket, "Key": checked_key(key)}
        with await asyncio.to_thread(source.open, "rb") as file:
            first = await asyncio.to_thread(file.read, self.part_bytes)
            if len(first) < self.part_bytes:
                await self._call("put_object", **place, Body=first, ContentType=media_type)
                size = len(first)
            else:
                size = await self._put_parts(place, first, file, media_type=media_type)
        stored = await self._call("head_object", **place)
        if stored["ContentLength"] != size:
            raise InvalidResponse(f"The storage of files has {stored['ContentLength']} bytes of {size} that were sent.")

    async def link(self, key: str, *, name: str, life: timedelta = LINK_LIFE) -> FileLink:
        until = self.clock() + life
        manner = "attachment" if shown_as(name) is None else "inline"
        asked = {
            "Bucket": self.bucket,
            "Key": checked_key(key),
            "ResponseContentDisposition": f'{manner}; filename="{checked_key(name)}"',
        }
        # Nothing is sent: the link is signed here, and the storage judges its age by its own clock.
        url = await self.client.generate_presigned_url("get_object", asked, ExpiresIn=int(life.total_seconds()))
        return FileLink(str(url), until)

    async def delete(self, keys: Iterable[str]) -> None:
        # One by one: for a list of keys the protocol asks for a checksum, and storages differ in which one they know.
        for key in keys:
            await self._call("delete_object", Bucket=self.bucket, Key=checked_key(key))

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        asked = {"Bucket": self.bucket, "Prefix": checked_prefix(prefix)}
        more: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", **asked, **more)
            for each in page.get("Contents", ()):
                yield StoredFile(each["Key"], each["Size"], each["LastModified"])
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def forget_unfinished(self, *, before: datetime) -> int:
        """Of the first thousand that the storage tells; the next call finds those that are left."""
        page = await self._call("list_multipart_uploads", Bucket=self.bucket)
        old = [each for each in page.get("Uploads", ()) if each["Initiated"] < before]
        for each in old:
            place = {"Bucket": self.bucket, "Key": each["Key"]}
            await self._call("abort_multipart_upload", **place, UploadId=each["UploadId"])
        return len(old)

    async def _put_parts(self, place: dict[str, str], first: bytes, file: IO[bytes], *, media_type: str) -> int:
        """Stores the file in parts, one after the other, and answers its size; what was begun is taken back."""
        begun = await self._call("create_multipart_upload", **place, ContentType=media_type)
        upload = {**place, "UploadId": begun["UploadId"]}
        parts: list[dict[str, Any]] = []
        size, part = 0, first
        try:
            while part:
                number = len(parts) + 1
                stored = await self._call("upload_part", **upload, PartNumber=number, Body=part)
                parts.append({"ETag": stored["ETag"], "PartNumber": number})
                size += len(part)
                part = await asyncio.to_thread(file.read, self.part_bytes)
            await self._call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
        except BaseException:
            # Also when it is cancelled. What this does not reach, `forget_unfinished` finds.
            with suppress(Exception):
                await self._call("abort_multipart_upload", **upload)
            raise
        return size

    async def _call(self, name: str, **arguments: Any) -> Any:
        with _translated():
            async with asyncio.timeout(self.patience.total_s):
                return await getattr(self.client, name)(**arguments)


@asynccontextmanager
async def open_s3(bucket: S3Bucket, clock: Clock, patience: S3Patience | None = None) -> AsyncIterator[S3Storage]:
    """The storage until the block ends; nothing is sent before its first call."""
    patience = patience or S3Patience()
    config = Config(
        signature_version="s3v4",
        connect_timeout=patience.connect_s,
        read_timeout=patience.answer_s,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"},
    )
    session = aioboto3.Session(
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        region_name=bucket.region,
    )
    async with session.client("s3", endpoint_url=bucket.endpoint_url, config=config) as client:
        yield S3Storage(client, bucket.name, clock, patience)


@contextmanager
def _translated() -> Iterator[None]:
    """Turns the errors of the client into ours; its texts name the bucket, and are for logs."""
    try:
        yield
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = VendorError(status, text=code)
        if status == _TOO_MANY or status >= _SERVER_FAULT:
            raise Unavailable("The storage of files does not answer at the moment.", said=said) from error
        raise Rejected(f"The storage of files refuses the call ({code}).", said=said) from error
    except TimeoutError as error:
        raise TimedOut("The storage of files does not answer in time.") from error
    except BotoCoreError as error:
        raise Unavailable("The storage of files cannot be reached.") from error
