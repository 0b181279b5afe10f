"""The sandbox's Google over HTTP: what it offers, refuses and lets an admin change."""

import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from sandbox.google.config import GoogleConfig
from sandbox.google.people import NEWCOMER
from sandbox.google.server import GoogleServer, run_google

REDIRECT = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "client",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "scope": "openid email",
    "state": "st&te",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest_asyncio.fixture(scope="module")
async def google() -> AsyncIterator[GoogleServer]:
    async with run_google(GoogleConfig("client", "secret", "admin", (REDIRECT,))) as server:
        yield server


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def page_url(google: GoogleServer, **changes: str) -> str:
    return f"{google.url}/o/oauth2/v2/auth?{urlencode(ASKED | changes)}"


async def click(google: GoogleServer, http: aiohttp.ClientSession, choice: str) -> dict[str, str]:
    async with http.get(page_url(google)) as page:
        [ticket] = re.findall(r'name="ticket" value="([^"]+)"', await page.text())
    form = {"ticket": ticket, "choice": choice}
    async with http.post(page_url(google), data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
    async with http.post(page_url(google), data=form, allow_redirects=False) as again:
        assert again.status == 400
    return {name: values[0] for name, values in query.items()}


async def trade(google: GoogleServer, http: aiohttp.ClientSession, **changes: str) -> tuple[int, Any]:
    form = {"client_id": "client", "client_secret": "secret", "grant_type": "authorization_code"}
    given = form | {"redirect_uri": REDIRECT, "code_verifier": VERIFIER} | changes
    async with http.post(f"{google.url}/token", data=given) as answer:
        return answer.status, await answer.json()


async def test_the_dialog_asks_for_a_click_and_a_code_works_once(
    google: GoogleServer, http: aiohttp.ClientSession
) -> None:
    answer = await click(google, http, NEWCOMER.subject)
    assert (answer["state"], answer["iss"]) == ("st&te", google.url)
    status, tokens = await trade(google, http, code=answer["code"])
    assert (status, tokens["token_type"]) == (200, "Bearer")
    assert (await trade(google, http, code=answer["code"]))[1]["error"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with http.get(f"{google.url}/v1/userinfo", headers=headers) as reply:
        assert (await reply.json())["email"] == NEWCOMER.email
    async with http.get(f"{google.url}/v1/userinfo") as reply:
        assert reply.status == 401
    assert (await click(google, http, "deny"))["error"] == "access_denied"


async def test_a_code_is_for_its_client_and_its_verifier(google: GoogleServer, http: aiohttp.ClientSession) -> None:
    for wrong, status in (
        ({"client_secret": "wrong"}, 401),
        ({"code_verifier": "w" * 64}, 400),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, 400),
        ({"grant_type": "client_credentials"}, 400),
    ):
        code = (await click(google, http, NEWCOMER.subject))["code"]
        assert (await trade(google, http, code=code, **wrong))[0] == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example"},
        {"response_type": "token"},
        {"scope": "email"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
async def test_a_wrong_request_is_not_redirected(
    google: GoogleServer, http: aiohttp.ClientSession, wrong: dict[str, str]
) -> None:
    async with http.get(page_url(google, **wrong), allow_redirects=False) as page:
        assert (page.status, "Location" in page.headers) == (400, False)


async def test_only_its_admin_makes_it_lie_or_change_keys(google: GoogleServer, http: aiohttp.ClientSession) -> None:
    async def order(path: str, body: str = "", token: str = "admin") -> int:
        headers = {"X-Sandbox-Token": token}
        async with http.post(f"{google.url}/_sandbox/{path}", data=body, headers=headers) as answer:
            return answer.status

    async def keys() -> int:
        async with http.get(f"{google.url}/oauth2/v3/certs") as answer:
            return len((await answer.json())["keys"])

    assert [await order("keys", token="no"), await order("hostility", "alg_none", token="no")] == [403, 403]
    assert (await keys(), google.sandbox.hostility) == (1, None)
    assert [await order("keys"), await order("hostility", "alg_none"), await order("hostility", "?")] == [200, 200, 422]
    assert (await keys(), google.sandbox.hostility) == (2, "alg_none")
    assert await order("hostility") == 200
    assert google.sandbox.hostility is None
