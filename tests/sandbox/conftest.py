"""Owns running sandboxes for the tests: one to read for all, and one of one's own to change."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from sandbox.server import SandboxServer, run_sandbox
from tests.sandbox.graph_client import CONFIG, Graph


@pytest_asyncio.fixture(scope="session")
async def shared_server() -> AsyncIterator[SandboxServer]:
    async with run_sandbox(CONFIG) as running:
        yield running


@pytest_asyncio.fixture
async def server() -> AsyncIterator[SandboxServer]:
    async with run_sandbox(CONFIG) as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture
async def graph(shared_server: SandboxServer, http: aiohttp.ClientSession) -> Graph:
    """For reading only: its server is shared."""
    return Graph(shared_server, http)


@pytest_asyncio.fixture
async def own_graph(server: SandboxServer, http: aiohttp.ClientSession) -> Graph:
    return Graph(server, http)
