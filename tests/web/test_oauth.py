"""Our link out and the way back, by HTTP and with browsers that keep cookies."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from models.database import Database
from services.toolbox import Toolbox
from tests.worlds.connections import FRONT_END, Browser, ConnectBase, ConnectWorld, Reply, connect_base, made_up
from web.oauth import oauth_routes

ATTACK = "<script>alert(document.cookie)</script>"


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    return await base.world()


def callback(world: ConnectWorld, **query: str) -> str:
    joined = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return f"{world.tools.addresses.public_url}/auth/facebook/callback?{joined}"


def assert_error_page(reply: Reply) -> None:
    assert reply.status == 400
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "script" not in reply.text
    assert "Location" not in reply.headers


async def opened(world: ConnectWorld) -> tuple[Browser, str]:
    browser = world.browser()
    return browser, await world.dialog(browser, await world.begin())


async def test_the_link_leads_to_the_dialog_with_a_cookie_that_scripts_cannot_read(world: ConnectWorld) -> None:
    reply = await world.browser().get(await world.begin())
    assert reply.status == 303
    assert reply.location.startswith(f"{world.server.dialog_url}/v26.0/dialog/oauth?")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("oauth_flow=")
    for attribute in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cache-Control"] == "no-store"


async def test_over_https_the_cookie_belongs_to_this_host_alone(tools: Toolbox) -> None:
    async with connect_base(tools, public_url="https://adgraph.example") as base:
        world = await base.world()
        link = await world.begin()
        route = next(route for route in oauth_routes(world.tools) if "start" in route.path)
        sent = await asgi_get(Starlette(routes=[route]), link.removeprefix("https://adgraph.example"))
    cookie = dict(sent)[b"set-cookie"].decode()
    assert cookie.startswith("__Host-oauth_flow=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def asgi_get(app: Starlette, path: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, asked without a socket: TLS is what stands in front of us."""
    headers: list[tuple[bytes, bytes]] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers.extend(message["headers"])

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return headers


async def test_a_link_works_once(world: ConnectWorld) -> None:
    link = await world.begin()
    assert (await world.browser().get(link)).status == 303
    assert_error_page(await world.browser().get(link))


async def test_looking_at_a_link_does_not_use_it_up(world: ConnectWorld) -> None:
    link = await world.begin()
    assert (await world.browser().get(link, method="HEAD")).status == 200
    assert (await world.browser().get(link)).status == 303


async def test_a_link_is_late_after_ten_minutes(world: ConnectWorld) -> None:
    link = await world.begin()
    world.move(minutes=10)
    assert_error_page(await world.browser().get(link))


async def test_the_way_back_carries_our_code_and_keeps_the_query(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    reply = await browser.get(back)
    assert reply.status == 303
    assert reply.location.startswith(f"{world.tools.addresses.public_url}/done?tab=1&code=")
    assert set(reply.query) == {"tab", "code"}
    assert reply.headers["Referrer-Policy"] == "no-referrer"


async def test_the_way_back_may_lead_to_a_listed_origin(world: ConnectWorld) -> None:
    browser = world.browser()
    back = await world.dialog(browser, await world.begin(return_url=f"{FRONT_END}/done#part"))
    reply = await browser.get(back)
    assert reply.location.startswith(f"{FRONT_END}/done?code=")
    assert reply.location.endswith("#part")


async def test_the_providers_code_is_not_passed_on(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    provider_code = back.split("code=")[1].split("&")[0]
    assert provider_code not in (await browser.get(back)).location


async def test_a_refusal_is_told_in_the_return_url(world: ConnectWorld) -> None:
    browser = world.browser()
    reply = await browser.get(await world.dialog(browser, await world.begin(), "deny"))
    assert reply.query["error"] == "OAUTH_DENIED"


async def test_another_error_of_the_provider_is_a_failed_flow(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    state = back.split("state=")[1]
    reply = await browser.get(callback(world, state=state, error="server_error", error_description=ATTACK))
    assert reply.query["error"] == "OAUTH_FAILED"
    assert "script" not in reply.location


async def test_an_answer_counts_once(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    await browser.get(back)
    assert_error_page(await browser.get(back))


async def test_an_answer_in_another_browser_does_not_count(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    stranger, _ = await opened(world)
    assert_error_page(await world.browser().get(back))
    assert_error_page(await stranger.get(back))
    assert (await browser.get(back)).status == 303


async def test_a_late_answer_does_not_count(world: ConnectWorld) -> None:
    browser, back = await opened(world)
    world.move(minutes=10)
    assert_error_page(await browser.get(back))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "x"},
        {"state": ""},
        {"state": "made-up", "code": "x"},
        {"state": ATTACK, "error": ATTACK, "error_description": ATTACK},
        {"state": "\x00", "code": "\x00"},
    ],
)
async def test_a_missing_or_foreign_state_is_a_page_that_repeats_nothing(
    world: ConnectWorld, query: dict[str, str]
) -> None:
    browser, _ = await opened(world)
    assert_error_page(await browser.get(callback(world, **query)))


@pytest.mark.parametrize("code", [None, "x" * 5000])
async def test_an_answer_without_a_usable_code_is_a_failed_flow(world: ConnectWorld, code: str | None) -> None:
    browser, back = await opened(world)
    query = {"state": back.split("state=")[1]} | ({"code": code} if code else {})
    assert (await browser.get(callback(world, **query))).query["error"] == "OAUTH_FAILED"


async def test_two_tabs_of_one_browser_both_come_back(world: ConnectWorld) -> None:
    browser = world.browser()
    first = await world.dialog(browser, await world.begin())
    second = await world.dialog(browser, await world.begin())
    assert [(await browser.get(back)).status for back in (first, second)] == [303, 303]


async def test_a_planted_cookie_is_replaced_unless_it_is_one_of_ours(world: ConnectWorld) -> None:
    browser = world.browser()
    browser.cookies["oauth_flow"] = "short"
    await browser.get(await world.begin())
    assert len(browser.cookies["oauth_flow"]) == 43


async def test_without_a_database_the_page_says_so(world: ConnectWorld) -> None:
    nowhere = "postgresql://adgraph_runtime@127.0.0.1:1/adgraph"
    away = Database(nowhere, system_url=nowhere)
    try:
        tools = replace(world.tools, db=away)
        headers = await asgi_get(Starlette(routes=oauth_routes(tools)), f"/auth/start/{made_up()}")
    finally:
        await away.close()
    assert (b"content-type", b"text/html; charset=utf-8") in headers
