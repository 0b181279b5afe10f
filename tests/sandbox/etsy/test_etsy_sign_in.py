"""How an app gets its pairs of tokens from the stand-in of Etsy, and what a token opens."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.etsy.calls import PREFIX
from tests.sandbox.etsy.etsy_client import API_KEY, CHALLENGE, KEYSTRING, REDIRECT_URI, VERIFIER, EtsyClient

ME = f"{PREFIX}/users/me"
ASKED = {
    "client_id": KEYSTRING,
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": "shops_r listings_w",
    "state": "s&1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
CODE = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}


async def choose(etsy: EtsyClient, *, answer: str = "agree", place: int = 0) -> str:
    """The location after the click."""
    page = await etsy.send("GET", f"/oauth/connect?{urlencode(ASKED)}")
    sellers = re.findall(r'name="seller" value="([^"]+)"', page.body)
    ticket = re.findall(r'name="ticket" value="([^"]+)"', page.body)[0]
    form = urlencode({"ticket": ticket, "seller": sellers[place], "answer": answer}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    clicked = await etsy.send("POST", "/oauth/connect", form, **headers)
    assert clicked.status == 303
    assert (await etsy.send("POST", "/oauth/connect", form, **headers)).status == 400
    return clicked.headers["Location"]


async def code_of(etsy: EtsyClient) -> str:
    return parse_qs(urlsplit(await choose(etsy)).query)["code"][0]


async def me(etsy: EtsyClient, token: str) -> tuple[int, str]:
    got = await etsy.send("GET", ME, **{"x-api-key": API_KEY, "Authorization": f"Bearer {token}"})
    return got.status, got.body.get("error_description", "")


@pytest.mark.parametrize("change", [{"client_id": "other"}, {"redirect_uri": REDIRECT_URI + "/"}], ids=str)
async def test_an_unknown_app_or_address_stays_on_etsys_page(etsy: EtsyClient, change: dict[str, str]) -> None:
    page = await etsy.send("GET", f"/oauth/connect?{urlencode(ASKED | change)}")
    assert (page.status, page.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": VERIFIER[:-1]}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "shops_r everything"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_a_wrong_request_goes_back_with_its_error(etsy: EtsyClient, change: dict[str, str], error: str) -> None:
    page = await etsy.send("GET", f"/oauth/connect?{urlencode(ASKED | change)}")
    found = parse_qs(urlsplit(page.headers["Location"]).query)
    assert (page.status, found["error"], found["state"], found["x"]) == (303, [error], ["s&1"], ["1"])


async def test_a_request_without_a_state_goes_back(etsy: EtsyClient) -> None:
    page = await etsy.send("GET", f"/oauth/connect?{urlencode(ASKED | {'state': ''})}")
    assert parse_qs(urlsplit(page.headers["Location"]).query)["error"] == ["invalid_request"]


async def test_a_refusal_comes_back_as_access_denied(etsy: EtsyClient) -> None:
    found = parse_qs(urlsplit(await choose(etsy, answer="cancel")).query)
    assert (found["error"], found["state"], "code" in found) == (["access_denied"], ["s&1"], False)


async def test_a_code_works_once_in_time_for_its_verifier_and_address(etsy: EtsyClient) -> None:
    code = await code_of(etsy)
    for change, error in (
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"redirect_uri": "https://example.org"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ):
        refused = await etsy.mint(**CODE | {"code": code} | change)
        assert refused.error == error, change
    first = await etsy.mint(**CODE, code=code)
    user_id = first.body["access_token"].partition(".")[0]
    assert (first.status, first.body["expires_in"], first.body["token_type"]) == (200, 3600, "Bearer")
    assert user_id == first.body["refresh_token"].partition(".")[0] == str(etsy.shop("DE").seller.user_id)
    again = await etsy.mint(**CODE, code=code)
    assert (again.seen, again.body["error_description"]) == ((400, "invalid_grant"), "code has been used previously")
    late = await code_of(etsy)
    await etsy.control("POST", "clock", {"skew_s": 300})
    assert (await etsy.mint(**CODE, code=late)).error == "invalid_grant"


async def test_a_refresh_makes_a_new_pair_and_ends_the_old(etsy: EtsyClient) -> None:
    old = await etsy.control("POST", "tokens", {"shop": "US", "scopes": ["shops_r"]})
    form = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]}
    new = (await etsy.mint(**form)).body
    assert {old["access_token"], old["refresh_token"]}.isdisjoint({new["access_token"], new["refresh_token"]})
    again = await etsy.mint(**form)
    assert (again.seen, again.body["error_description"]) == ((400, "invalid_grant"), "refresh_token is revoked")
    assert (await me(etsy, old["access_token"]))[0] == 401
    assert await me(etsy, new["access_token"]) == (200, "")
    await etsy.control("POST", "clock", {"skew_s": 3600})
    assert await me(etsy, new["access_token"]) == (401, "access token is expired")
    await etsy.control("POST", "clock", {"skew_s": 90 * 86_400})
    late = await etsy.mint(grant_type="refresh_token", refresh_token=new["refresh_token"])
    assert late.seen == (400, "invalid_grant")


async def test_another_password_ends_every_pair(etsy: EtsyClient) -> None:
    pairs = [await etsy.control("POST", "tokens", {"shop": "JP"}) for _ in range(2)]
    assert (await etsy.control("POST", "revoke", {"shop": "JP"}))["revoked"] == 2
    for pair in pairs:
        refused = await etsy.mint(grant_type="refresh_token", refresh_token=pair["refresh_token"])
        assert refused.error == "invalid_grant"
        assert (await me(etsy, pair["access_token"]))[0] == 401


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "Missing x-api-key header."),
        (KEYSTRING, "Shared secret is required in x-api-key header."),
        ("other", "Invalid API key: should be in the format 'keystring:shared_secret'."),
        (f"{KEYSTRING}:wrong", "API key not found or not active, or incorrect shared secret for API key."),
    ],
)
async def test_a_call_needs_the_key_with_its_secret(etsy: EtsyClient, key: str | None, words: str) -> None:
    token = await etsy.token("DE")
    headers = {"Authorization": f"Bearer {token}"} | ({} if key is None else {"x-api-key": key})
    assert (await etsy.send("GET", ME, **headers)).seen == (403, words)


async def test_a_token_opens_what_was_agreed_to(etsy: EtsyClient) -> None:
    got = await etsy.call("GET", "/users/me")
    assert got.body == {"user_id": etsy.shop().seller.user_id, "shop_id": etsy.shop().shop_id}
    key = {"x-api-key": API_KEY}
    for header in ("", "Bearer ", "Basic x", "Bearer unknown"):
        refused = await etsy.send("GET", ME, **key, Authorization=header)
        assert refused.seen == (401, "invalid_token")
    poor = await etsy.token("DE", ["listings_r"])
    refused = await etsy.send("GET", ME, **key, Authorization=f"Bearer {poor}")
    assert refused.seen == (403, "insufficient_scope")
    path = f"{PREFIX}/shops/{etsy.shop().shop_id}"
    assert (await etsy.send("GET", path, **key)).status == 200
    assert (await etsy.send("GET", path, **key, Authorization="Bearer unknown")).status == 401


async def test_a_token_opens_its_own_shop_alone(etsy: EtsyClient) -> None:
    other = etsy.shop("US").shop_id
    for path in ("shipping-profiles", "policies/return", "readiness-state-definitions", "listings", "receipts"):
        assert (await etsy.call("GET", f"/shops/{{shop}}/{path}")).status == 200
        assert (await etsy.call("GET", f"/shops/{other}/{path}")).status == 403
    assert (await etsy.call("GET", "/shops/999/receipts")).status == 404
    assert (await etsy.call("GET", "/shops/x/receipts")).status == 400
    assert (await etsy.call("GET", "/shops/nothing")).status == 400
    assert (await etsy.call("GET", "/nothing")).seen == (404, "Resource not found")
