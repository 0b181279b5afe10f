"""Files in a bucket: a wrong secret, a storage that fails, hangs or is full, and uploads that end in their middle."""

import asyncio
import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.clock import utc_now
from integrations.errors import IntegrationError, InvalidResponse, Rejected, TimedOut, Unavailable
from integrations.storage.s3 import S3Bucket, S3Patience
from tests.integrations.raw_server import answer, raw_server, silence
from tests.integrations.storage.test_storage import LARGE, listed, put, read
from tests.worlds.s3 import S3Server, opened

QUICK = S3Patience(connect_s=0.5, answer_s=0.3, total_s=0.5, attempts=1)


async def test_a_wrong_secret_is_refused_and_never_shown(s3: S3Server, tmp_path: Path) -> None:
    bucket = s3.bucket(secret="not the secret")
    async with opened(bucket) as storage:
        with pytest.raises(Rejected, match="refuses the call") as caught:
            await put(storage, tmp_path, "a/1.csv", b"x")
        assert "not the secret" not in f"{caught.value} {bucket!r} {storage!r}"
        link = await storage.link("a/1.csv", name="a.csv")
        assert (await read(link.url))[0] == 403
    missing = answer(b"<Error><Code>NoSuchBucket</Code></Error>", status="404 Not Found")
    async with raw_server(missing) as (url, _), opened(_bucket(url)) as nowhere:
        with pytest.raises(Rejected, match="NoSuchBucket"):
            await put(nowhere, tmp_path, "a/1.csv", b"x")


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Slow Down", "507 Insufficient Storage"])
async def test_a_storage_that_fails_is_away_and_not_our_fault(tmp_path: Path, status: str) -> None:
    async with raw_server(answer(b"", status=status)) as (url, heads), opened(_bucket(url), patience=QUICK) as storage:
        with pytest.raises(Unavailable):
            await put(storage, tmp_path, "a/1.csv", b"x")
        assert b"x-amz-checksum" not in b"".join(heads).lower()
        for call in (storage.delete(["a"]), listed(storage), storage.forget_unfinished(before=utc_now())):
            with pytest.raises(IntegrationError):
                await call


async def test_a_storage_that_hangs_or_is_not_there_ends_the_call(tmp_path: Path) -> None:
    async with raw_server(silence) as (url, _), opened(_bucket(url), patience=QUICK) as storage:
        with pytest.raises((TimedOut, Unavailable)):
            await put(storage, tmp_path, "a/1.csv", b"x")
    async with opened(_bucket("http://127.0.0.1:9"), patience=QUICK) as storage:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await put(storage, tmp_path, "a/1.csv", b"x")


async def test_a_file_that_arrived_in_part_is_told(s3: S3Server, tmp_path: Path) -> None:
    async with opened(s3.bucket()) as storage:
        lying = dataclasses.replace(storage, client=_Cutting(storage.client))
        with pytest.raises(InvalidResponse, match="has 2 bytes of 3"):
            await put(lying, tmp_path, "a/1.csv", b"abc")


async def test_an_upload_that_ends_in_its_middle_leaves_nothing(s3: S3Server, tmp_path: Path) -> None:
    async with opened(s3.bucket()) as storage:
        for failing in (_Failing(storage.client), _Failing(storage.client, stays=True)):
            broken = dataclasses.replace(storage, client=failing)
            with pytest.raises(TimedOut):
                await put(broken, tmp_path, "a/1.csv", LARGE)
        assert await listed(storage) == {}
        # The second one could not be taken back, as after the death of a worker.
        assert await storage.forget_unfinished(before=utc_now() - timedelta(hours=1)) == 0
        assert await storage.forget_unfinished(before=utc_now() + timedelta(hours=1)) == 1
        assert await storage.forget_unfinished(before=utc_now() + timedelta(hours=1)) == 0


async def test_a_cancelled_upload_is_taken_back(s3: S3Server, tmp_path: Path) -> None:
    async with opened(s3.bucket()) as storage:
        waiting = _Waiting(storage.client)
        task = asyncio.create_task(put(dataclasses.replace(storage, client=waiting), tmp_path, "a/1.csv", LARGE))
        await waiting.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await storage.forget_unfinished(before=utc_now() + timedelta(hours=1)) == 0


def _bucket(url: str) -> S3Bucket:
    return S3Bucket(url, "bucket", "key", "secret")


class _Client:
    """A client with some calls of its own."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


class _Cutting(_Client):
    async def put_object(self, *, Body: bytes, **arguments: object) -> object:  # noqa: N803 - the protocol's name
        return await self._client.put_object(Body=Body[:-1], **arguments)  # type: ignore[attr-defined]


class _Failing(_Client):
    def __init__(self, client: object, *, stays: bool = False) -> None:
        super().__init__(client)
        self._stays = stays

    async def upload_part(self, *, PartNumber: int, **arguments: object) -> object:  # noqa: N803 - see above
        if PartNumber > 1:
            raise TimeoutError
        return await self._client.upload_part(PartNumber=PartNumber, **arguments)  # type: ignore[attr-defined]

    async def abort_multipart_upload(self, **arguments: object) -> object:
        if self._stays:
            raise TimeoutError
        return await self._client.abort_multipart_upload(**arguments)  # type: ignore[attr-defined]


class _Waiting(_Client):
    def __init__(self, client: object) -> None:
        super().__init__(client)
        self.begun = asyncio.Event()

    async def upload_part(self, **arguments: object) -> None:
        self.begun.set()
        await asyncio.Event().wait()
