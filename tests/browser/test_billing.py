"""A plan is bought, changed and cancelled by clicks alone, on the pages of our own Stripe."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.doors.http import GraphQLClient
from tests.processes import START_S

pytestmark = pytest.mark.browser

PLAN = "{ tenant { subscription { plan { key } status cancelAtPeriodEnd } } }"
CHECKOUT = "mutation { createCheckoutSession(plan: PRO, interval: MONTH) { url userErrors { code } } }"
PORTAL = 'mutation { createBillingPortalSession(returnPath: "/?from=portal") { url userErrors { code } } }'


async def url_of(client: GraphQLClient, mutation: str) -> str:
    answer = (await client.ask(mutation)).data
    [payload] = answer.values()
    assert payload["userErrors"] == []
    url: str = payload["url"]
    return url


async def until_shown(client: GraphQLClient, **wanted: Any) -> None:
    async with asyncio.timeout(START_S):
        while True:
            shown = (await client.ask(PLAN)).data["tenant"]["subscription"]
            if wanted.items() <= (shown | {"plan": shown["plan"]["key"]}).items():
                return
            await asyncio.sleep(0.1)


async def test_an_owner_buys_changes_and_cancels_by_clicks(server: GraphQLClient, page: Page) -> None:
    owner = await server.login("demo@example.com", "adgraph-demo")
    await page.goto(await url_of(owner, CHECKOUT))
    await expect(page.locator("body")).to_contain_text("Adgraph Pro, 99.00 USD per month")
    await page.get_by_role("button", name="Subscribe").click()
    await page.wait_for_url(f"{server.url}/?billing=success")
    await expect(page.get_by_role("status")).to_contain_text(
        "The plan is bought: run the tab Plan to see it. Sign in again"
    )
    await until_shown(owner, plan="PRO", status="TRIALING")
    await page.goto(await url_of(owner, PORTAL))
    await page.get_by_role("button", name="Change to Adgraph Agency, 2990.00 USD per year").click()
    await until_shown(owner, plan="AGENCY")
    await page.get_by_role("button", name="Cancel at the end of the period").click()
    await until_shown(owner, plan="AGENCY", cancelAtPeriodEnd=True)
    await page.get_by_role("button", name="Cancel now").click()
    await until_shown(owner, plan="FREE", status="CANCELED")
    await page.get_by_role("button", name="Back to Adgraph").click()
    await page.wait_for_url(f"{server.url}/?from=portal&billing=portal")
