"""The session cookie over HTTP: a page of our own origin keeps it, and whoever else sends it along does nothing."""

import asyncio
import re
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any

import pytest

from services.toolbox import Toolbox
from services.tools import PublicAddresses
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.conftest import PUBLIC_URL
from tests.doors.http import GraphQLClient, Reply
from tests.doors.serving import serving
from tests.worlds.sign_in import PASSWORD, new_email

PAYLOAD = "{ accessToken refreshToken viewer { tenant { id name } } userErrors { code } }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {PAYLOAD} }}"
LOGIN = f"""
mutation ($email: String!, $password: String!) {{ login(input: {{ email: $email, password: $password }}) {PAYLOAD} }}
"""
RENEW = f"mutation ($token: String) {{ refreshSession(refreshToken: $token) {PAYLOAD} }}"
CREATE = f'mutation {{ createTenant(input: {{ name: "Second" }}) {PAYLOAD} }}'
SWITCH = f"mutation ($id: ID!) {{ switchTenant(tenantId: $id) {PAYLOAD} }}"
LOGOUT = "mutation { logout { ok userErrors { code } } }"
FROM_US = {"origin": PUBLIC_URL, "x-adgraph-session": "cookie"}
NAME = "adgraph_session"
FOREIGN: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.test"},
    {"origin": "null"},
    {"origin": f"{PUBLIC_URL}.evil.test"},
    {"origin": PUBLIC_URL.replace("http", "https")},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {},
)


@dataclass
class Tab:
    """A page of ours in a browser: it sends what the browser would."""

    client: GraphQLClient
    cookie: str | None = None
    token: str | None = None

    async def ask(self, query: str, /, headers: dict[str, str] = FROM_US, **variables: Any) -> Reply:
        sent = {**headers, **({"cookie": f"{NAME}={self.cookie}"} if self.cookie else {})}
        client = replace(self.client, token=self.token, headers=sent)
        reply = await client.ask(query, **variables)
        if "set-cookie" in reply.headers:
            morsel = SimpleCookie(reply.headers["set-cookie"])[NAME]
            self.cookie = morsel.value or None
        for payload in (reply.data or {}).values():
            self.token = (payload or {}).get("accessToken") or self.token
        return reply

    async def register(self) -> str:
        email = new_email()
        wanted = {"email": email, "password": PASSWORD, "name": "Ann", "tenantName": "First"}
        reply = await self.ask(REGISTER, input=wanted)
        assert reply.data["register"]["refreshToken"] is None
        return email

    def kept(self) -> str:
        """The cookie that is there, or nothing."""
        return self.cookie or ""

    async def team(self) -> str:
        reply = await replace(self.client, token=self.token).ask("{ viewer { tenant { name } } }")
        viewer = reply.data["viewer"]
        return str(viewer["tenant"]["name"]) if viewer else ""


@pytest.fixture
def tab(server: GraphQLClient) -> Tab:
    return Tab(server)


async def test_a_sign_in_of_our_own_page_is_kept_by_the_browser_alone(tab: Tab) -> None:
    email = await tab.register()
    reply = await tab.ask(LOGIN, email=email, password=PASSWORD)
    assert reply.data["login"]["refreshToken"] is None
    set_cookie = reply.headers["set-cookie"]
    assert re.fullmatch(
        rf"{NAME}=agr_[\w-]{{43}}; Path=/; Max-Age=(2592000|2591999); HttpOnly; SameSite=Lax", set_cookie
    )
    assert tab.kept() not in reply.text


async def test_a_stream_of_events_sets_no_cookie_and_tells_the_token(tab: Tab) -> None:
    """Its head has left before the operation runs."""
    email = await tab.register()
    async with tab.client.stream(LOGIN, {"email": email, "password": PASSWORD}, headers=FROM_US) as events:
        assert "set-cookie" not in events.response.headers
        _, told = await events.next()
    assert told["data"]["login"]["refreshToken"].startswith("agr_")


async def test_the_session_goes_on_by_the_cookie_and_ends_with_it(tab: Tab) -> None:
    await tab.register()
    first, tab.token = tab.kept(), None
    reply = await tab.ask(RENEW)
    assert reply.data["refreshSession"]["userErrors"] == []
    assert reply.data["refreshSession"]["refreshToken"] is None
    assert tab.kept() not in ("", first)
    assert await tab.team() == "First"
    kept, tab.token = tab.kept(), None
    reply = await tab.ask(LOGOUT)
    assert reply.data["logout"] == {"ok": True, "userErrors": []}
    assert "Max-Age=0" in reply.headers["set-cookie"]
    assert tab.kept() == ""
    tab.cookie = kept
    assert (await tab.ask(RENEW)).data["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]


async def test_a_logout_by_bearer_clears_the_cookie_too(tab: Tab) -> None:
    await tab.register()
    assert (await tab.ask(LOGOUT)).data["logout"]["ok"]
    assert tab.kept() == ""
    assert await tab.team() == ""


async def test_a_logout_without_any_session_still_clears_the_cookie(tab: Tab) -> None:
    tab.cookie = "agr_nonsense"
    reply = await tab.ask(LOGOUT)
    assert (reply.status, reply.codes, reply.data) == (200, ["UNAUTHENTICATED"], {"logout": None})
    assert tab.kept() == ""


async def test_another_tenant_comes_with_another_cookie(tab: Tab) -> None:
    await tab.register()
    first, cookie = (await tab.ask("{ viewer { tenant { id } } }")).data["viewer"]["tenant"]["id"], tab.cookie
    assert (await tab.ask(CREATE)).data["createTenant"]["refreshToken"] is None
    assert tab.cookie != cookie
    assert (await tab.ask(RENEW)).data["refreshSession"]["viewer"]["tenant"]["name"] == "Second"
    assert (await tab.ask(SWITCH, id=first)).data["switchTenant"]["refreshToken"] is None
    assert (await tab.ask(RENEW)).data["refreshSession"]["viewer"]["tenant"]["name"] == "First"


async def test_two_tabs_that_renew_at_once_get_the_same_successor(tab: Tab) -> None:
    await tab.register()
    tabs = [replace(tab) for _ in range(4)]
    replies = await asyncio.gather(*(each.ask(RENEW) for each in tabs))
    assert all(reply.data["refreshSession"]["userErrors"] == [] for reply in replies)
    assert len({each.cookie for each in tabs}) == 1


async def test_a_given_token_wins_and_moves_into_the_cookie(tab: Tab, server: GraphQLClient) -> None:
    email = await tab.register()
    apart = (await server.ask(LOGIN, email=email, password=PASSWORD)).data["login"]["refreshToken"]
    cookie = tab.cookie
    reply = await tab.ask(RENEW, token=apart)
    assert reply.data["refreshSession"]["refreshToken"] is None
    assert tab.cookie not in (cookie, apart)
    assert (await tab.ask(RENEW, token="")).data["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_request_from_elsewhere_has_no_cookie(tab: Tab, headers: dict[str, str]) -> None:
    email = await tab.register()
    kept, tab.token = tab.cookie, None
    asked = {**headers, "x-adgraph-session": "cookie"}
    assert (await tab.ask(RENEW, asked)).data["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]
    assert (await tab.ask(LOGOUT, asked)).codes == ["UNAUTHENTICATED"]
    reply = await tab.ask(LOGIN, asked, email=email, password=PASSWORD)
    assert "set-cookie" not in reply.headers
    assert reply.data["login"]["refreshToken"].startswith("agr_")
    assert tab.cookie == kept
    assert (await tab.ask(RENEW)).data["refreshSession"]["userErrors"] == []


@pytest.mark.parametrize("header", [{}, {"x-adgraph-session": "token"}, {"x-adgraph-session": ""}])
async def test_without_our_header_nothing_is_kept_or_read(tab: Tab, header: dict[str, str]) -> None:
    email = await tab.register()
    asked = {"origin": PUBLIC_URL, **header}
    assert (await tab.ask(RENEW, asked)).data["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]
    reply = await tab.ask(LOGIN, asked, email=email, password=PASSWORD)
    assert reply.data["login"]["refreshToken"]
    assert "set-cookie" not in reply.headers


async def test_a_browser_that_names_no_origin_says_that_it_is_ours(tab: Tab) -> None:
    await tab.register()
    asked = {"sec-fetch-site": "same-origin", "x-adgraph-session": "cookie"}
    assert (await tab.ask(RENEW, asked)).data["refreshSession"]["userErrors"] == []


async def test_the_cookie_authenticates_nothing_else(tab: Tab) -> None:
    await tab.register()
    tab.token = None
    assert (await tab.ask("{ viewer { role } }")).data == {"viewer": None}
    assert (await tab.ask(CREATE)).codes == ["UNAUTHENTICATED"]
    assert (await tab.client.send("POST", "/auth/logout", headers=_sent(tab))).status == 401
    got = await tab.client.send("GET", params={"query": "{ viewer { role } }"}, headers=_sent(tab))
    assert got.data == {"viewer": None}
    # The way in that a socket has from the same machine: without an Origin.
    async with tab.client.socket(headers={"cookie": _sent(tab)["cookie"], "sec-fetch-site": "same-origin"}) as socket:
        await socket.introduce({"x-adgraph-session": "cookie"})
        await socket.start("1", RENEW, {})
        answer = await socket.hear()
    assert answer["payload"]["data"]["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]


async def test_a_form_of_another_site_is_no_operation_whatever_it_brings_along(tab: Tab) -> None:
    await tab.register()
    headers = {**_sent(tab), "content-type": "text/plain"}
    assert (
        await tab.client.send("POST", data=b'{"query":"mutation { logout { ok } }"}', headers=headers)
    ).status == 415
    assert (await tab.ask(RENEW)).data["refreshSession"]["userErrors"] == []


async def test_with_https_the_cookie_is_of_this_host_alone(tools: Toolbox) -> None:
    secure = replace(tools, addresses=PublicAddresses("https://App.example.test:443", "https://App.example.test"))
    settings = Settings(_env_file=None, app_env=AppEnv.TEST)
    async with serving(build_app(secure, settings)) as (url, _server):
        client = GraphQLClient(url, headers={"x-adgraph-session": "cookie", "origin": "https://app.example.test"})
        wanted = {"email": new_email(), "password": PASSWORD, "name": "Ann", "tenantName": "First"}
        set_cookie = (await client.ask(REGISTER, input=wanted)).headers["set-cookie"]
        assert set_cookie.startswith("__Host-adgraph_session=agr_")
        assert set_cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
        value = set_cookie.partition(";")[0]
        plain = value.removeprefix("__Host-")
        refused = await client.send("POST", json={"query": RENEW}, headers={"cookie": plain})
        assert refused.data["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]
        renewed = await client.send("POST", json={"query": RENEW}, headers={"cookie": value})
        assert renewed.data["refreshSession"]["userErrors"] == []


def _sent(tab: Tab) -> dict[str, str]:
    return {**FROM_US, "cookie": f"{NAME}={tab.cookie}"}
