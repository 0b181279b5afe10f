"""Connecting ad accounts by clicks in a real Chromium: the button, the tab, the choice, and every way that it ends."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import Watcher, run_tab
from tests.doors.http import GraphQLClient
from tests.worlds.sign_in import PASSWORD, new_email

pytestmark = pytest.mark.browser

REGISTER = """
mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Pat", tenantName: "Pat" }) { accessToken }
}
"""
SCREENSHOT = os.environ.get("SCREENSHOT_CONNECT")


async def newcomer(server: GraphQLClient, page: Page) -> None:
    """Somebody new, in a team of their own, who has no ad account."""
    await page.goto(server.url)
    await expect(page.get_by_role("status")).to_contain_text("run the tab SignIn, or the tab Register if you are new")
    sent = {"query": REGISTER, "variables": {"email": new_email(), "password": PASSWORD}}
    headers = {"x-adgraph-session": "cookie"}
    await page.evaluate(
        """([body, headers]) => fetch("/graphql", {
            method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body),
        })""",
        [sent, headers],
    )
    await page.reload()
    await expect(page.get_by_role("status")).to_have_text(
        "Signed in as Pat, OWNER of Pat. There is no ad account yet: connect one."
    )


async def test_a_newcomer_connects_ad_accounts_by_clicks(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await newcomer(server, page)
    await page.get_by_role("button", name="Connect ad accounts").click()
    await page.get_by_role("button", name="Allow", exact=True).click()
    choice = page.locator("#choice")
    await expect(choice).to_contain_text("Access of Demo Marketer is stored")
    assert page.url == f"{server.url}/", "nothing one-time stays in the address"
    await expect(choice.get_by_role("checkbox")).to_have_count(3)
    if SCREENSHOT:
        await page.screenshot(path=Path(SCREENSHOT))
    await choice.get_by_label("Sakura Beauty").uncheck()
    await choice.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("status")).to_contain_text("2 ad accounts are connected and being read")
    await expect(choice).to_be_hidden()
    await run_tab(page, 3)
    await expect(page.locator(".result-window")).to_contain_text('"totalCount": 2')
    await run_tab(page, 6)
    await expect(page.locator(".result-window")).to_contain_text('"refreshProgress"')
    assert watcher.complaints == []


async def test_the_tab_leads_through_the_same_dialog(server: GraphQLClient, page: Page) -> None:
    await newcomer(server, page)
    await run_tab(page, 15)
    await page.get_by_role("link", name="Go on at the platform").click()
    await page.get_by_role("button", name="Allow for the first ad account only").click()
    await expect(page.locator("#choice").get_by_role("checkbox")).to_have_count(1)
    await page.get_by_role("button", name="Not now").click()
    await expect(page.locator("#choice")).to_be_hidden()
    await run_tab(page, 16)
    await expect(page.locator(".result-window")).to_contain_text("Nordlicht Outdoor")


@pytest.mark.parametrize(
    ("click", "said"), [("Deny", "declined in the dialog"), ("Allow without ads_read", "ads_read")]
)
async def test_what_was_refused_is_said_in_words(server: GraphQLClient, page: Page, click: str, said: str) -> None:
    await newcomer(server, page)
    await page.get_by_role("button", name="Connect ad accounts").click()
    await page.get_by_role("button", name=click, exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text(said)
    await expect(page.locator("#choice")).to_be_hidden()


async def test_who_is_signed_out_meanwhile_is_told_to_sign_in(server: GraphQLClient, page: Page) -> None:
    await newcomer(server, page)
    await page.get_by_role("button", name="Connect ad accounts").click()
    await expect(page.get_by_role("button", name="Deny")).to_be_visible()
    await page.context.clear_cookies(name="adgraph_session")
    await page.get_by_role("button", name="Allow", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("Sign in")
