"""Owns running sandboxes of Etsy for the tests: one a module, since starting one costs more than a test."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest_asyncio

from sandbox.etsy.server import EtsyServer, run_etsy
from tests.sandbox.etsy.etsy_client import EtsyClient, etsy_config


@pytest_asyncio.fixture(scope="module")
async def etsy_server() -> AsyncIterator[EtsyServer]:
    async with run_etsy(etsy_config()) as running:
        yield running


@pytest_asyncio.fixture
async def etsy(etsy_server: EtsyServer) -> AsyncIterator[EtsyClient]:
    """Shares its server with the tests of its module: what a test makes has names of its own."""
    async with aiohttp.ClientSession() as http:
        yield EtsyClient(etsy_server, http)
        mend(etsy_server)


def mend(server: EtsyServer) -> None:
    sandbox, config = server.sandbox, server.sandbox.config
    sandbox.clock.set(None)
    sandbox.clock.skew = timedelta()
    sandbox.faults.clear()
    sandbox.latency_s = config.latency_s
    sandbox.per_second, sandbox.per_day = config.per_second, config.per_day
    sandbox.has_limit_headers, sandbox.has_entities = config.has_limit_headers, True
    sandbox.day.clear()
    sandbox.second.clear()
