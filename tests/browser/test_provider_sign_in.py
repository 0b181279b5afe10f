"""Signing in with Google and Facebook by clicks in a real Chromium, within the content policy."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import Watcher, run_tab
from tests.doors.http import GraphQLClient

pytestmark = pytest.mark.browser


async def test_google_signs_in_by_clicks_and_signs_out(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await page.goto(server.url)
    await page.get_by_role("link", name="Sign in with Google").click()
    await page.get_by_role("button", name="Continue as Demo Owner").click()
    await expect(page.get_by_role("status")).to_contain_text("Signed in as Demo Owner, OWNER of Demo Agency")
    assert page.url == f"{server.url}/", "nothing one-time stays in the address"
    assert "oauth_verifier" not in await page.evaluate("document.cookie")
    await run_tab(page, 3)
    await expect(page.locator(".result-window")).to_contain_text('"totalCount": 3')
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_contain_text("Signed out")
    assert watcher.complaints == []


async def test_facebook_signs_in_somebody_new_and_remembers_them(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    for _ in range(2):
        await page.goto(server.url)
        await page.get_by_role("link", name="Sign in with Facebook").click()
        await page.get_by_role("button", name="Continue as Demo Marketer").click()
        await expect(page.get_by_role("status")).to_contain_text("Demo Marketer, OWNER of Demo Marketer's team")
    await run_tab(page, 2)
    await expect(page.locator(".result-window")).to_contain_text('"FACEBOOK"')
    assert watcher.complaints == []


async def test_who_cancels_is_told_so(server: GraphQLClient, page: Page) -> None:
    await page.goto(server.url)
    await page.get_by_role("link", name="Sign in with Google").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("status")).to_contain_text("declined in the dialog")
