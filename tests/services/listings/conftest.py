"""A seller at eBay's stand-in, which runs once for a module."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sandbox.ebay.server import EbayServer
from services.toolbox import Toolbox
from tests.worlds.offering import OfferingWorld, offering_at, running_ebay


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ebay_server() -> AsyncIterator[EbayServer]:
    async with running_ebay() as server:
        yield server


@pytest_asyncio.fixture
async def world(ebay_server: EbayServer, tools: Toolbox) -> AsyncIterator[OfferingWorld]:
    async with offering_at(ebay_server, tools) as made:
        yield made
