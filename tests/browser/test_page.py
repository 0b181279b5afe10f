"""GraphiQL in a real Chromium: it renders, signs in, queries and subscribes without breaking the content policy."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import Watcher, run_tab
from tests.client import GraphQLClient

pytestmark = pytest.mark.browser

SCREENSHOT = os.environ.get("SCREENSHOT")


async def test_the_page_signs_in_queries_and_subscribes(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await page.goto(server.url)
    answer = page.locator(".result-window")
    await run_tab(page, 1)
    await expect(answer).to_contain_text('"role": "OWNER"')
    await expect(page.get_by_role("status")).to_have_text("Signed in as OWNER of Demo Agency.")
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
