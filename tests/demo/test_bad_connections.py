"""The way through the platform's dialog, from GraphQL through a browser and back, and every way it must not end."""

import re
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from services.oauth import challenge_of
from tests.demo.conftest import Demo
from tests.doors.http import GraphQLClient
from tests.worlds.connections import VERIFIER, Browser
from tests.worlds.connections import Reply as Answer

BEGIN = """
mutation ($challenge: String!) {
  beginConnection(input: { platform: META, returnUrl: "/back", codeChallenge: $challenge }) { authorizationUrl }
}
"""
COMPLETE = """
mutation ($code: String!, $verifier: String!) {
  completeOAuth(code: $code, codeVerifier: $verifier) { grant { id status shared } userErrors { code message } }
}
"""
AVAILABLE = "query ($grant: ID!) { availableAdAccounts(grantId: $grant) { nodes { externalId } } }"
CONNECT = """
mutation ($grant: ID!) {
  connectAdAccounts(grantId: $grant, externalIds: ["act_1003"]) { adAccounts { id } userErrors { code field } }
}
"""


async def dialog(demo: Demo, browser: Browser, decision: str) -> str:
    """Begins, opens the dialog and decides in it: the address of our callback."""
    begun = await demo.owner.ask(BEGIN, challenge=challenge_of(VERIFIER))
    url = (await browser.get(begun.data["beginConnection"]["authorizationUrl"])).location
    ticket = re.search(r'name="ticket" value="([^"]+)"', (await browser.get(url)).text)
    assert ticket is not None
    form = aiohttp.FormData({"ticket": ticket[1], "decision": decision})
    async with browser.session.post(url, data=form, allow_redirects=False) as response:
        return response.headers["Location"]


@dataclass(frozen=True, slots=True)
class Outcome:
    grant: dict[str, Any] | None
    codes: list[str]


async def complete(client: GraphQLClient, back: Answer, verifier: str = VERIFIER) -> Outcome:
    payload = (await client.ask(COMPLETE, code=back.query["code"], verifier=verifier)).data["completeOAuth"]
    return Outcome(payload["grant"], [error["code"] for error in payload["userErrors"]])


async def test_the_way_through_the_dialog_ends_with_a_grant_once(demo: Demo, browser: Browser) -> None:
    callback = await dialog(demo, browser, "allow")
    back = await browser.get(callback)
    assert back.location.startswith(f"{demo.nobody.url}/back?code=")
    assert (await complete(demo.owner, back, "another verifier, which is as long as it must be")).codes == [
        "TOKEN_INVALID"
    ]
    assert (await complete(demo.viewer, back)).codes == ["TOKEN_INVALID"]
    done = await complete(demo.owner, back)
    assert done.grant is not None
    assert (done.grant["status"], done.grant["shared"], done.codes) == ("ACTIVE", False, [])
    assert (await complete(demo.owner, back)).codes == ["TOKEN_INVALID"]
    assert (await browser.get(callback)).status == 400


async def test_a_callback_counts_only_in_the_browser_that_asked(demo: Demo, browser: Browser) -> None:
    callback = await dialog(demo, browser, "allow")
    foreign = await Browser(browser.session).get(callback)
    assert foreign.status == 400
    assert "begin again" in foreign.text
    assert (await browser.get(callback)).status == 303


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=nobody-gave-this-out", "?error=access_denied"])
async def test_a_callback_without_a_state_of_ours_is_a_page(demo: Demo, browser: Browser, query: str) -> None:
    page = await browser.get(f"{demo.nobody.url}/auth/facebook/callback{query}")
    assert page.status == 400
    assert "begin again" in page.text


@pytest.mark.parametrize(
    ("decision", "code"), [("deny", "OAUTH_DENIED"), ("allow_without_ads_read", "PERMISSION_MISSING")]
)
async def test_what_the_person_refused_is_told(demo: Demo, browser: Browser, decision: str, code: str) -> None:
    back = await browser.get(await dialog(demo, browser, decision))
    assert await complete(demo.owner, back) == Outcome(None, [code])


async def test_an_account_that_the_grant_cannot_see_is_not_connected(demo: Demo, browser: Browser) -> None:
    back = await browser.get(await dialog(demo, browser, "allow_one_account"))
    grant = (await complete(demo.owner, back)).grant
    assert grant is not None
    shown = (await demo.owner.ask(AVAILABLE, grant=grant["id"])).data["availableAdAccounts"]["nodes"]
    assert shown == [{"externalId": "act_1001"}]
    refused = (await demo.owner.ask(CONNECT, grant=grant["id"])).data["connectAdAccounts"]
    assert refused == {"adAccounts": [], "userErrors": [{"code": "NOT_FOUND", "field": ["externalIds", "0"]}]}
