"""GraphiQL in a real Chromium: it renders, signs in, queries and subscribes without breaking the content policy."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.client import GraphQLClient
from tests.processes import data_directory, server_process

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 30_000
SCREENSHOT = os.environ.get("SCREENSHOT")
expect.set_options(timeout=PATIENCE_MS)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[GraphQLClient]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must have a Chromium"
        pytest.skip("no Chromium on this machine")
    with data_directory() as folder:
        async with server_process(folder) as (client, _program):
            yield client


@pytest.fixture
async def page(server: GraphQLClient) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = await browser.new_page(viewport={"width": 1440, "height": 900})
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        await browser.close()


class Watcher:
    """Everything the page complains about, and every host it asks."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.complaints.append(text)


async def run_tab(page: Page, number: int) -> None:
    await page.locator("[role=tab]").nth(number - 1).click()
    await page.get_by_role("button", name="Execute query").click()


async def test_the_page_signs_in_queries_and_subscribes(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await page.goto(server.url)
    answer = page.locator(".result-window")
    await run_tab(page, 1)
    await expect(answer).to_contain_text('"role": "OWNER"')
    await run_tab(page, 2)
    await expect(answer).to_contain_text("demo@example.com")
    await run_tab(page, 3)
    await expect(answer).to_contain_text('"totalCount": 3')
    await run_tab(page, 5)
    await expect(answer).to_contain_text('"RefreshJob"')
    await run_tab(page, 6)
    await expect(answer).to_contain_text('"refreshProgress"')
    await expect(answer).to_contain_text('"SUCCEEDED"')
    assert watcher.complaints == []
    assert watcher.hosts == {server.url.removeprefix("http://")}


async def test_the_insights_tab_shows_campaigns(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await page.goto(server.url)
    await run_tab(page, 1)
    await expect(page.locator(".result-window")).to_contain_text('"role": "OWNER"')
    await run_tab(page, 3)
    await expect(page.locator(".result-window")).to_contain_text('"roas"')
    await run_tab(page, 4)
    await expect(page.locator(".result-window")).to_contain_text('"entity"')
    if SCREENSHOT:
        await page.screenshot(path=Path(SCREENSHOT))
    assert watcher.complaints == []
