"""Both storages: a folder whose links a server of ours answers, and a bucket of a real server."""

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from analytics.clock import utc_now
from integrations.storage.door import FileStorage
from integrations.storage.local import LocalStorage, link_key
from tests.doors.serving import serving
from tests.worlds.s3 import S3Server, opened, s3_server
from web.files import PATH, file_routes

KEYS = [link_key("the secret of the tests"), link_key("the secret before it")]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalStorage]:
    storage = LocalStorage(tmp_path / "files", "", KEYS, utc_now)
    async with serving(Starlette(routes=file_routes(storage.opened))) as (url, _server):
        yield dataclasses.replace(storage, url=f"{url}{PATH}")


@pytest.fixture(params=["folder", "bucket"])
async def storage(request: pytest.FixtureRequest, local: LocalStorage) -> AsyncIterator[FileStorage]:
    if request.param == "folder":
        yield local
        return
    async with opened(request.getfixturevalue("s3").bucket()) as bucket:
        yield bucket
