"""The demo as a process, with its first refreshes done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.installation.demo import OWNER_EMAIL, PASSWORD
from tests.doors.http import GraphQLClient
from tests.processes import server_process

_REFRESHED_S = 240
_STATE = "{ adAccounts { nodes { lastRefreshedAt } } }"


@asynccontextmanager
async def demo_served(folder: Path) -> AsyncIterator[GraphQLClient]:
    """Its owner, signed in."""
    async with server_process(folder) as (nobody, _program):
        yield await nobody.login(OWNER_EMAIL, PASSWORD)


async def until_refreshed(owner: GraphQLClient) -> None:
    async with asyncio.timeout(_REFRESHED_S):
        while True:
            accounts = (await owner.ask(_STATE)).data["adAccounts"]["nodes"]
            if accounts and all(account["lastRefreshedAt"] for account in accounts):
                return
            await asyncio.sleep(0.2)
