"""The demo, started once per worker, with its first refreshes done."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import aiohttp
import pytest

from services.installation.demo import OWNER_EMAIL, PASSWORD, VIEWER_EMAIL
from tests.doors.http import GraphQLClient
from tests.processes import Program, data_directory, server_process
from tests.worlds.connections import Browser

_REFRESHED_S = 60
# Access tokens end after ten minutes, and other tests may take longer than that between two of the demo.
_SIGNED_IN_ANEW_S = 300
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
    signed_in_at: float

    async def signed_in_anew(self) -> Self:
        owner, viewer = await _signed_in(self.nobody)
        return replace(self, owner=owner, viewer=viewer, signed_in_at=time.monotonic())


@pytest.fixture(scope="session")
async def started() -> AsyncIterator[list[Demo]]:
    """The demo that runs, as it was last signed in to; it has no shop."""
    async with _running() as demo:
        yield [demo]


@pytest.fixture
async def demo(started: list[Demo]) -> Demo:
    if time.monotonic() - started[0].signed_in_at > _SIGNED_IN_ANEW_S:
        started[0] = await started[0].signed_in_anew()
    return started[0]


@pytest.fixture
async def demo_with_shop() -> AsyncIterator[Demo]:
    """A demo of its own, whose worker makes the shop after the first refreshes."""
    async with _running(DEMO_SHOP="on") as demo:
        yield demo


@asynccontextmanager
async def _running(**settings: str) -> AsyncIterator[Demo]:
    with data_directory() as folder:
        async with server_process(folder, **settings) as (nobody, program):
            owner, viewer = await _signed_in(nobody)
            accounts = await _refreshed(owner)
            yield Demo(folder, program, nobody, owner, viewer, accounts, time.monotonic())


async def _signed_in(nobody: GraphQLClient) -> tuple[GraphQLClient, GraphQLClient]:
    return await nobody.login(OWNER_EMAIL, PASSWORD), await nobody.login(VIEWER_EMAIL, PASSWORD)


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
