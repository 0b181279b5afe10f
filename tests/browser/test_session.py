"""A sign-in that lasts in a real Chromium: over reloads and ways back, past the end of a token, until it is ended."""

import pytest
from playwright.async_api import Page, Request, expect

from tests.browser.watching import Watcher, run_tab
from tests.doors.http import GraphQLClient

pytestmark = pytest.mark.browser

WHO = "Signed in as Demo Owner, OWNER of Demo Agency."
SCRIPT_SEES = "document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })"


async def sign_in(page: Page, url: str) -> None:
    await page.goto(url)
    await expect(page.get_by_role("status")).to_contain_text("Not signed in")
    await run_tab(page, 1)
    await expect(page.get_by_role("status")).to_have_text(WHO)


async def test_a_reload_keeps_the_sign_in_and_no_script_sees_what_keeps_it(server: GraphQLClient, page: Page) -> None:
    watcher = Watcher(page)
    await sign_in(page, server.url)
    await page.reload()
    await expect(page.get_by_role("status")).to_have_text(WHO)
    await run_tab(page, 3)
    await expect(page.locator(".result-window")).to_contain_text('"totalCount": 3')
    assert "agr_" not in await page.evaluate(SCRIPT_SEES)
    [cookie] = [each for each in await page.context.cookies() if each["name"] == "adgraph_session"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert watcher.complaints == []


async def test_a_token_that_ends_is_renewed_in_time(server: GraphQLClient, page: Page) -> None:
    await page.clock.install()
    await sign_in(page, server.url)
    async with page.expect_response(lambda answer: _renews(answer.request)):
        await page.clock.fast_forward("09:30")
    await expect(page.get_by_role("status")).to_have_text(WHO)


async def test_a_session_that_ended_elsewhere_is_told(server: GraphQLClient, page: Page) -> None:
    await page.clock.install()
    await sign_in(page, server.url)
    await page.context.clear_cookies()
    await page.clock.fast_forward("09:30")
    await expect(page.get_by_role("status")).to_have_text("Your session has ended: sign in again.")
    await expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


async def test_the_way_back_from_a_checkout_is_signed_in(server: GraphQLClient, page: Page) -> None:
    await sign_in(page, server.url)
    async with page.expect_response(
        lambda answer: "createCheckoutSession" in (answer.request.post_data or "")
    ) as asked:
        await run_tab(page, 20)
    await page.goto((await (await asked.value).json())["data"]["createCheckoutSession"]["url"])
    await page.get_by_role("button", name="Subscribe").click()
    await expect(page.get_by_role("status")).to_have_text("The plan is bought: run the tab Plan to see it.")
    await run_tab(page, 19)
    await expect(page.locator(".result-window")).to_contain_text('"subscription"')


async def test_signing_out_counts_in_every_tab(server: GraphQLClient, page: Page) -> None:
    await sign_in(page, server.url)
    other = await page.context.new_page()
    await other.goto(server.url)
    await expect(other.get_by_role("status")).to_have_text(WHO)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_have_text("Signed out.")
    await expect(other.get_by_role("status")).to_have_text("Signed out in another tab.")
    await page.reload()
    await expect(page.get_by_role("status")).to_contain_text("Not signed in")


def _renews(request: Request) -> bool:
    return "refreshSession(" in (request.post_data or "")
