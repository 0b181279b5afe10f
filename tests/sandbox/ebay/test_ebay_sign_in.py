"""How an app gets tokens from the stand-in of eBay, and what a token opens."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.ebay.calls import SCOPE
from tests.sandbox.ebay.ebay_client import CLIENT_ID, RU_NAME, EbayClient, basic

USER = "/commerce/identity/v1/user/"
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": RU_NAME,
    "response_type": "code",
    "scope": f"{SCOPE}/sell.inventory {SCOPE}/commerce.identity.readonly",
    "state": "s&1",
}


async def choose(ebay: EbayClient, *, answer: str = "agree", place: int = 0) -> str:
    """The location after the click."""
    page = await ebay.send("GET", f"/oauth2/authorize?{urlencode(ASKED)}")
    assert "Agree" in page.body
    assert "Cancel" in page.body
    sellers = re.findall(r'name="seller" value="([^"]+)"', page.body)
    ticket = re.findall(r'name="ticket" value="([^"]+)"', page.body)[0]
    form = urlencode({"ticket": ticket, "seller": sellers[place], "answer": answer}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    clicked = await ebay.send("POST", "/oauth2/authorize", form, **headers)
    assert clicked.status == 303
    again = await ebay.send("POST", "/oauth2/authorize", form, **headers)
    assert again.status == 400
    return clicked.headers["Location"]


async def code_of(ebay: EbayClient) -> str:
    return parse_qs(urlsplit(await choose(ebay)).query)["code"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://example.org/callback"},
        {"response_type": "token"},
        {"scope": ""},
        {"scope": f"{SCOPE}/sell.everything"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_wrong_request_stays_on_ebays_page(ebay: EbayClient, change: dict[str, str]) -> None:
    page = await ebay.send("GET", f"/oauth2/authorize?{urlencode(ASKED | change)}")
    assert (page.status, page.headers.get("Location")) == (400, None)


async def test_consent_comes_back_with_a_code_that_must_be_encoded(ebay: EbayClient) -> None:
    location = await choose(ebay)
    found = parse_qs(urlsplit(location).query)
    assert location.startswith("http://127.0.0.1:9/accepted?x=1&")
    assert (found["state"], found["expires_in"]) == (["s&1"], ["299"])
    assert {"#", "^"} <= set(found["code"][0])
    assert await choose(ebay, answer="cancel") == "http://127.0.0.1:9/declined"


async def test_a_code_works_once_in_time_and_with_the_ru_name(ebay: EbayClient) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": RU_NAME}
    code = await code_of(ebay)
    assert (await ebay.mint(**form | {"redirect_uri": "x", "code": code})).body["error"] == "invalid_request"
    first = await ebay.mint(**form, code=code)
    assert (first.status, first.body["expires_in"], first.body["refresh_token_expires_in"]) == (200, 7200, 47_304_000)
    assert first.body["token_type"] == "User Access Token"
    assert (await ebay.mint(**form, code=code)).body["error"] == "invalid_grant"
    late = await code_of(ebay)
    await ebay.control("POST", "clock", {"skew_s": 300})
    assert (await ebay.mint(**form, code=late)).body["error"] == "invalid_grant"


async def test_a_refresh_token_is_not_rotated_and_ends_with_the_consent(ebay: EbayClient) -> None:
    issued = await ebay.control("POST", "tokens", {"seller": "EBAY_US"})
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    renewed = await ebay.mint(**form)
    assert sorted(renewed.body) == ["access_token", "expires_in", "token_type"]
    assert (await ebay.mint(**form)).status == 200
    assert (await ebay.mint(**form, scope=f"{SCOPE}/sell.everything")).body["error"] == "invalid_scope"
    bearer = {"Authorization": f"Bearer {renewed.body['access_token']}"}
    assert (await ebay.send("GET", USER, **bearer)).body["registrationMarketplaceId"] == "EBAY_US"
    await ebay.control("POST", "revoke", {"seller": "EBAY_US"})
    assert (await ebay.mint(**form)).body["error"] == "invalid_grant"
    assert (await ebay.send("GET", USER, **bearer)).error_ids == [1001]


async def test_wrong_clients_and_kinds_are_refused_in_the_words_of_oauth(ebay: EbayClient) -> None:
    app = {"grant_type": "client_credentials", "scope": SCOPE}
    for authorization in ("", "Basic !", "Basic \u00fc", basic(secret="wrong"), "Bearer x"):
        refused = await ebay.mint(authorization, **app)
        assert (refused.status, refused.body["error"]) == (401, "invalid_client")
    assert (await ebay.mint(grant_type="password")).body["error"] == "unsupported_grant_type"
    assert (await ebay.mint(grant_type="client_credentials")).body["error"] == "invalid_scope"
    assert (await ebay.mint(**app)).body["token_type"] == "Application Access Token"


async def test_mints_of_a_day_have_a_limit(ebay: EbayClient) -> None:
    await ebay.control("POST", "clock", {"now": "2026-03-01T12:00:00Z"})
    app = {"grant_type": "client_credentials", "scope": SCOPE}
    counts = ebay.server.sandbox.book.counts
    counts["mint:client_credentials:2026-03-01"] = 999
    assert [(await ebay.mint(**app)).status for _ in range(2)] == [200, 429]
    await ebay.control("POST", "clock", {"now": "2026-03-02T12:00:00Z"})
    assert (await ebay.mint(**app)).status == 200


async def test_a_token_opens_what_was_asked_for_until_it_ends(ebay: EbayClient) -> None:
    assert (await ebay.send("GET", USER)).error_ids == [1002]
    assert (await ebay.send("GET", USER, Authorization="Bearer x")).error_ids == [1001]
    poor = await ebay.token("EBAY_DE", ["sell.inventory"])
    denied = await ebay.send("GET", USER, Authorization=f"Bearer {poor}")
    assert (denied.status, denied.error_ids) == (403, [1100])
    app = (await ebay.mint(grant_type="client_credentials", scope=f"{SCOPE}/commerce.identity.readonly")).body
    assert (await ebay.send("GET", USER, Authorization=f"Bearer {app['access_token']}")).error_ids == [1100]
    rich = await ebay.token("EBAY_DE")
    assert (await ebay.send("GET", USER, Authorization=f"Bearer {rich}")).status == 200
    await ebay.control("POST", "clock", {"skew_s": 7200})
    ended = await ebay.send("GET", USER, Authorization=f"Bearer {rich}")
    assert (ended.status, ended.error_ids) == (401, [1001])
