"""The web process from settings to its end, in this process: what it starts, what it says, how it drains."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from settings.loading import load_settings
from settings.model import AppEnv, Settings
from startup.process import StartupError, listening_socket
from startup.server import serve
from startup.services import existing_services
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.processes import data_directory, free_port

PASSWORD = "adgraph-demo"
STOP_S = 30


def settings_for(folder: Path) -> Settings:
    return load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=folder, port=free_port())


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[GraphQLClient]:
    """A served application; the signal at the end is a real one."""
    life = asyncio.create_task(serve(settings))
    client = GraphQLClient(f"http://127.0.0.1:{settings.port}")
    try:
        yield await _ready(client, life)
    finally:
        if not life.done():
            os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            await life


async def _ready(client: GraphQLClient, life: asyncio.Task[None]) -> GraphQLClient:
    async with asyncio.timeout(STOP_S):
        while not life.done():
            try:
                if (await client.send("GET", "/health/ready")).status == 200:
                    return client
            except OSError:
                await asyncio.sleep(0.02)
    await life
    raise AssertionError("the server ended before it was ready")


async def test_it_starts_everything_and_ends_cleanly(capsys: pytest.CaptureFixture[str]) -> None:
    with data_directory() as folder:
        settings = settings_for(folder)
        async with running(settings) as client:
            owner = await client.login("demo@example.com", PASSWORD)
            reply = await owner.ask("{ adAccounts { totalCount } }")
            assert reply.data["adAccounts"]["totalCount"] == 3
            async with existing_services(settings) as services:
                assert services.postgres is None, "a process beside the server uses the server's"
                assert services.stand_ins.meta is not None
            async with owner.socket() as socket:
                await socket.introduce({"authorization": f"Bearer {owner.token}"})
                await socket.start("1", "subscription { refreshJobs { id } }")
                os.kill(os.getpid(), signal.SIGTERM)
                await _until_closed(socket.connection.wait_closed())
                assert socket.connection.close_code == 1012
        assert not (folder / "addresses.json").exists()
        assert not (folder / "postgres" / "data" / "postmaster.pid").exists()
    said = capsys.readouterr().out
    for words in (client.url, "demo@example.com", "viewer@example.com", PASSWORD, "SANDBOX-SYSTEM-USER"):
        assert words in said


async def _until_closed(closing: object) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await closing  # type: ignore[misc]  # a coroutine of the client library


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartupError, match=f"Cannot listen on 127.0.0.1:{port} .*PORT") as refused:
            listening_socket("127.0.0.1", port)
    assert "\n" not in refused.value.message


async def test_the_parts_of_an_answer_do_not_wait_for_one_another() -> None:
    """The kernel would keep the body back until the headers are acknowledged (Nagle's algorithm)."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    with listening_socket("127.0.0.1", 0) as listener:
        async with await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            served = await accepted.get()
            assert served.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for each in (served, writer):
                each.close()
                await each.wait_closed()
