"""What the browser tests share: a server with its sandboxes, and a page of a real Chromium."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.doors.http import GraphQLClient
from tests.processes import data_directory, server_process

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with data_directory() as folder:
        yield folder


@pytest.fixture(scope="module")
def demo_shop() -> str:
    """Whether the demo has its shop, with which its team has bought a plan; a module may want it on."""
    return "off"


@pytest.fixture(scope="module")
async def server(data_dir: Path, demo_shop: str) -> AsyncIterator[GraphQLClient]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must have a Chromium"
        pytest.skip("no Chromium on this machine")
    async with server_process(data_dir, DEMO_SHOP=demo_shop) as (client, _program):
        yield client


@pytest.fixture
async def page(server: GraphQLClient) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        opened = await context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        await browser.close()
