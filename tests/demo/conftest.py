"""The demo, started once per worker, with its first refreshes done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from services.installation.demo import OWNER_EMAIL, PASSWORD, VIEWER_EMAIL
from tests.doors.http import GraphQLClient
from tests.processes import Program, data_directory, server_process
from tests.worlds.connections import Browser

_REFRESHED_S = 60
_STATE = "{ adAccounts { nodes { id lastRefreshedAt } } }"


@dataclass(frozen=True, slots=True)
class Demo:
    """`nobody` has no credentials; `accounts` are the ids of the owner's ad accounts, in order of name."""

    folder: Path
    program: Program
    nobody: GraphQLClient
    owner: GraphQLClient
    viewer: GraphQLClient
    accounts: list[str]


@pytest.fixture(scope="session")
async def demo() -> AsyncIterator[Demo]:
    with data_directory() as folder:
        async with server_process(folder) as (nobody, program):
            owner = await nobody.login(OWNER_EMAIL, PASSWORD)
            viewer = await nobody.login(VIEWER_EMAIL, PASSWORD)
            yield Demo(folder, program, nobody, owner, viewer, await _refreshed(owner))


async def _refreshed(owner: GraphQLClient) -> list[str]:
    async with asyncio.timeout(_REFRESHED_S):
        while True:
            accounts = (await owner.ask(_STATE)).data["adAccounts"]["nodes"]
            if accounts and all(account["lastRefreshedAt"] for account in accounts):
                return [account["id"] for account in accounts]
            await asyncio.sleep(0.1)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A new one, without cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Browser(session)
