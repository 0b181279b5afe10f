"""The server as a process: starts, second servers, a wrong environment, kill -9, a drain with work in flight."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.http import GraphQLClient
from tests.processes import data_directory, environment, free_port, program, server_process

pytestmark = pytest.mark.drill

PASSWORD = "adgraph-demo"
LATER_START_SHARE = 0.75
SLOW_LOGINS = 20
COUNT = "{ adAccounts { totalCount } }"


@pytest.fixture
def folder() -> Iterator[Path]:
    with data_directory() as created:
        yield created


async def account_ids(client: GraphQLClient) -> list[str]:
    owner = await client.login("demo@example.com", PASSWORD)
    reply = await owner.ask("{ adAccounts { nodes { id } } }")
    return [node["id"] for node in reply.data["adAccounts"]["nodes"]]


async def test_a_later_start_is_quick_and_finds_the_data(folder: Path) -> None:
    """Against the first one of the same minute: seconds say more of the machine than of the code."""
    began = time.monotonic()
    async with server_process(folder) as (client, _running):
        first_s = time.monotonic() - began
        before = await account_ids(client)
    began = time.monotonic()
    async with server_process(folder) as (client, _running):
        later_s = time.monotonic() - began
        assert later_s < LATER_START_SHARE * first_s, (first_s, later_s)
        assert await account_ids(client) == before
        assert len(before) == 3


async def test_after_kill_9_the_next_start_finds_the_data(folder: Path) -> None:
    async with server_process(folder) as (client, running):
        before = await account_ids(client)
        assert await running.end(signal.SIGKILL) == -signal.SIGKILL
    async with server_process(folder) as (client, _running):
        assert await account_ids(client) == before


async def test_a_query_while_postgres_is_gone_is_told_and_the_next_one_answers(folder: Path) -> None:
    async with server_process(folder) as (client, _running):
        owner = await client.login("demo@example.com", PASSWORD)
        postmaster = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        codes: set[str] = set()
        async with asyncio.timeout(20):
            reply = await owner.ask(COUNT)
            while not codes or reply.codes:
                codes.update(reply.codes)
                reply = await owner.ask(COUNT)
        assert codes == {"DATABASE_UNAVAILABLE"}
        assert reply.data == {"adAccounts": {"totalCount": 3}}


async def refusal(folder: Path, **variables: object) -> tuple[int, str]:
    """The exit code and everything it said."""
    log = folder / "refused.log"
    async with program("server.py", log, environment(**variables)) as running:
        async with asyncio.timeout(30):
            code = await running.process.wait()
    return code, log.read_text()


async def test_a_second_server_is_told_why_in_one_line(folder: Path, tmp_path: Path) -> None:
    async with server_process(folder) as (client, _running):
        port = client.url.rpartition(":")[2]
        same_data = await refusal(tmp_path, DATA_DIR=folder, PORT=free_port())
        same_port = await refusal(tmp_path, DATA_DIR=tmp_path / "other", PORT=port)
        assert (await client.send("GET", "/health/ready")).status == 200
    for (code, said), word in ((same_data, "DATA_DIR"), (same_port, "PORT")):
        assert code == 1
        assert word in said.splitlines()[-1]
        assert "Traceback" not in said


async def test_a_wrong_environment_is_told_variable_by_variable(tmp_path: Path) -> None:
    code, said = await refusal(tmp_path, APP_ENV="production", PORT=free_port(), DATA_DIR=tmp_path)
    assert code == 2
    for name in ("DATABASE_URL", "JWT_SECRET_KEY", "TOKEN_ENCRYPTION_KEY", "META_APP_ID", "PUBLIC_URL"):
        assert name in said
    assert "Traceback" not in said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_requests_finish_and_closes_sockets(folder: Path, how: signal.Signals) -> None:
    async with server_process(folder) as (client, running):
        owner = await client.login("demo@example.com", PASSWORD)
        async with owner.socket() as socket:
            await socket.introduce({"authorization": f"Bearer {owner.token}"})
            # Each costs a password hash, and hashes wait for two threads: some are in flight when the signal comes.
            logins = [asyncio.create_task(client.login("demo@example.com", PASSWORD)) for _ in range(SLOW_LOGINS)]
            await asyncio.wait(logins, return_when=asyncio.FIRST_COMPLETED)
            code = await running.end(how)
            assert await socket.closed() == 1012
        finished = await asyncio.gather(*logins)
    assert code == 0
    assert all(signed_in.token for signed_in in finished)
    assert "Traceback" not in running.output
