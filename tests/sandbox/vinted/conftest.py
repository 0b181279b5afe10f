"""Owns running sandboxes of Vinted for the tests: one a module, since starting one costs more than a test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sandbox.vinted.server import VintedServer, run_vinted
from tests.sandbox.vinted.site_browser import SiteBrowser, browsers, mend, vinted_config


@pytest_asyncio.fixture(scope="module")
async def vinted_server() -> AsyncIterator[VintedServer]:
    async with run_vinted(vinted_config()) as running:
        yield running


@pytest_asyncio.fixture
async def site(vinted_server: VintedServer) -> AsyncIterator[SiteBrowser]:
    """The browser of the first member, signed in. It shares its server with the tests of its module."""
    async with browsers(vinted_server) as opened:
        yield await opened(1)
    mend(vinted_server)


@pytest_asyncio.fixture
async def other(vinted_server: VintedServer) -> AsyncIterator[SiteBrowser]:
    """The browser of the second member."""
    async with browsers(vinted_server) as opened:
        yield await opened(2)
