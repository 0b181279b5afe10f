"""Owns running sandboxes of eBay for the tests: one a module, since starting one costs more than a test."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest_asyncio

from sandbox.ebay.server import EbayServer, run_ebay
from tests.sandbox.ebay.ebay_client import EbayClient, ebay_config


@pytest_asyncio.fixture(scope="module")
async def ebay_server() -> AsyncIterator[EbayServer]:
    async with run_ebay(ebay_config()) as running:
        yield running


@pytest_asyncio.fixture
async def ebay(ebay_server: EbayServer) -> AsyncIterator[EbayClient]:
    """Shares its server with the tests of its module: what a test makes has names of its own."""
    async with aiohttp.ClientSession() as http:
        yield EbayClient(ebay_server, http)
        await mended(ebay_server)


async def mended(server: EbayServer) -> None:
    sandbox = server.sandbox
    sandbox.clock.set(None)
    sandbox.clock.skew = timedelta()
    sandbox.faults.clear()
    sandbox.throttled.clear()
    sandbox.fetches_pictures = sandbox.config.fetches_pictures
    sandbox.latency_s, sandbox.write_s = sandbox.config.latency_s, sandbox.config.write_s
