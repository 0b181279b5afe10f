"""GraphiQL in a real Chromium: it renders, signs in, queries and subscribes without breaking the content policy."""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import Watcher, run_tab
from tests.doors.http import GraphQLClient
from tests.processes import START_S

pytestmark = pytest.mark.browser

SCREENSHOT = os.environ.get("SCREENSHOT")


@pytest.fixture(scope="module")
def demo_shop() -> str:
    return "on"


async def test_the_page_signs_in_queries_and_subscribes(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await page.goto(server.url)
    answer = page.locator(".result-window")
    await run_tab(page, 1)
    await expect(answer).to_contain_text('"role": "OWNER"')
    await expect(page.get_by_role("status")).to_have_text("Signed in as Demo Owner, OWNER of Demo Agency.")
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


async def test_thumbnails_of_the_demo_are_pictures_that_the_page_may_show(server: GraphQLClient, page: Page) -> None:
    watcher, owner = Watcher(page), await server.login("demo@example.com", "adgraph-demo")
    found: list[dict[str, str]] = []
    async with asyncio.timeout(START_S):
        while True:
            found = (await owner.ask("{ creatives(first: 1) { nodes { thumbnailUrl } } }")).data["creatives"]["nodes"]
            if found:
                break
            await asyncio.sleep(0.1)
    await page.goto(server.url)
    await page.evaluate(
        "url => document.body.prepend(Object.assign(new Image(), { src: url }))", found[0]["thumbnailUrl"]
    )
    await expect(page.locator("body > img")).to_have_js_property("naturalWidth", 64)
    assert watcher.complaints == []


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


async def test_the_tabs_of_the_shop_show_what_it_sold(server: GraphQLClient, page: Page) -> None:
    watcher, owner = Watcher(page), await server.login("demo@example.com", "adgraph-demo")
    async with asyncio.timeout(2 * START_S):
        while True:
            if (await owner.ask("{ orderCases(first: 1) { totalCount } }")).data["orderCases"]["totalCount"]:
                break
            await asyncio.sleep(0.5)
    await page.goto(server.url)
    answer = page.locator(".result-window")
    await run_tab(page, 1)
    await expect(answer).to_contain_text('"role": "OWNER"')
    shown_by = {
        7: '"BB-1001"',
        8: '"Bluebird Home"',
        9: '"LIVE"',
        10: '"jobs": []',
        11: '"netRevenue"',
        12: '"DISPUTE"',
        13: '"platformRevenue"',
        14: '"BB-1010"',
    }
    for tab, shown in shown_by.items():
        await run_tab(page, tab)
        await expect(answer).to_contain_text(shown)
        await expect(answer).not_to_contain_text('"errors"')
    assert watcher.complaints == []


async def test_the_tab_of_vinted_shows_a_code_and_when_run_again_a_new_one_for_the_same_channel(
    server: GraphQLClient, page: Page
) -> None:
    watcher, owner = Watcher(page), await server.login("demo@example.com", "adgraph-demo")
    await page.goto(server.url)
    answer = page.locator(".result-window")
    await run_tab(page, 1)
    await expect(answer).to_contain_text('"role": "OWNER"')
    shown = []
    for _ in range(2):
        async with page.expect_response(lambda each: "connectChannel" in (each.request.post_data or "")) as asked:
            await run_tab(page, 17)
        shown.append((await (await asked.value).json())["data"]["connectChannel"])
        await expect(answer).to_contain_text(shown[-1]["pairingCode"])
    first, second = shown
    assert first["channel"]["id"] == second["channel"]["id"]
    assert first["pairingCode"] != second["pairingCode"]
    await run_tab(page, 18)
    await expect(answer).to_contain_text('"conversations"')
    await expect(answer).not_to_contain_text('"errors"')
    await owner.ask(
        "mutation ($id: ID!) { disconnectChannel(id: $id, deleteData: true) { ok } }", id=first["channel"]["id"]
    )
    assert watcher.complaints == []
