"""A real server of S3's protocol for the tests of files: started once in a run, and without it they are skipped."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from analytics.clock import utc_now
from integrations.storage.s3 import S3Bucket, S3Patience, S3Storage, open_s3
from tests.processes import free_port

_WEED = Path(sys.executable).parent / "weed"
_KEY_ID, _SECRET = "key-of-the-tests", "secret of the tests"
_START_S = 60


@dataclass(frozen=True, slots=True)
class S3Server:
    url: str

    def bucket(self, *, name: str = "", secret: str = _SECRET) -> S3Bucket:
        """One of its own; the server makes it when the first file is stored."""
        return S3Bucket(self.url, name or f"bucket-{uuid4().hex}", _KEY_ID, secret, "auto")


@contextmanager
def s3_server(*, volumes: int = 100) -> Iterator[S3Server]:
    """With one volume it is full from the beginning: a bucket takes several."""
    if not _WEED.exists():
        if "CI" in os.environ:
            raise FileNotFoundError(_WEED)
        pytest.skip("no S3 server for this platform: the program `weed` is missing")
    folder = Path(tempfile.mkdtemp(prefix="adgraph-s3-"))
    credentials = [{"accessKey": _KEY_ID, "secretKey": _SECRET}]
    config = folder / "s3.json"
    actions = ["Admin", "Read", "Write", "List"]
    config.write_text(json.dumps({"identities": [{"name": "a", "credentials": credentials, "actions": actions}]}))
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(_command(folder, config, port, volumes), stdout=log, stderr=log, cwd=folder)
    try:
        _wait(process, port, folder / "log")
        yield S3Server(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path, config: Path, port: int, volumes: int) -> list[str]:
    data = folder / "data"
    data.mkdir()
    ports = {
        name: free_port()
        for name in (
            "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
            "filer.port.grpc",
        )
    }  # fmt: skip
    options = {
        "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "dir": data, "s3": "true", "s3.port": port, "s3.config": config,
        "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.iam": "false", "volume.max": volumes, "volume.minFreeSpace": 1,
        "master.volumeSizeLimitMB": 64, "master.telemetry": "false", **ports,
    }  # fmt: skip
    return [str(_WEED), "server", *(f"-{name}={value}" for name, value in options.items())]


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until it answers 403 to who brings no credentials: before, it has not read who may do what."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            urlopen(f"http://127.0.0.1:{port}/")
        except HTTPError as error:
            if error.code == HTTPStatus.FORBIDDEN:
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.05)
    raise TimeoutError(log.read_text(errors="replace"))


@asynccontextmanager
async def opened(bucket: S3Bucket, patience: S3Patience | None = None) -> AsyncIterator[S3Storage]:
    """The storage in the bucket, with parts as small as S3 allows."""
    async with open_s3(bucket, utc_now, patience) as storage:
        yield replace(storage, part_bytes=5 * 1024 * 1024)
