"""A team that sells at eBay's stand-in."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.toolbox import Toolbox
from tests.worlds.ebay_orders import EbayOrders, ebay_orders


@pytest_asyncio.fixture
async def ebay(tools: Toolbox) -> AsyncIterator[EbayOrders]:
    async with ebay_orders(tools) as world:
        yield world
