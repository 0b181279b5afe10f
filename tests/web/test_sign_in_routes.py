"""Plain links to sign in with, and signing out, by HTTP and with browsers that keep cookies."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from errors import Unauthenticated
from integrations.google.provider import GoogleProvider
from services.oauth import challenge_of
from services.oauth_purposes import complete_oauth
from services.toolbox import Toolbox
from tests.doors.serving import serving
from tests.worlds.connections import FRONT_END, VERIFIER, ConnectBase, Reply, connect_base
from tests.worlds.providers import ORIGIN, ProviderWorld, new_email
from tests.worlds.vendors import google_of, with_google
from web.oauth import oauth_routes


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ProviderWorld:
    return ProviderWorld(await base.world())


def at(world: ProviderWorld, path: str) -> str:
    return f"{world.base.tools.addresses.public_url}{path}"


@pytest.mark.parametrize("path", ["/auth/google/login", "/auth/google/start"])
async def test_a_plain_link_signs_in_with_the_verifier_of_a_cookie(world: ProviderWorld, path: str) -> None:
    browser, person = world.base.browser(), world.somebody(email=new_email())
    opened = await browser.get(at(world, f"{path}?returnUrl=/welcome"))
    cookies = opened.headers.getall("Set-Cookie")
    assert [("HttpOnly" in cookie) for cookie in sorted(cookies)] == [True, False], "the verifier is for scripts"
    back = await browser.get(world.base.google.choose(opened.location, person.subject))
    assert back.location.startswith(at(world, "/welcome?code="))
    assert set(back.query) == {"code"}
    verifier = browser.cookies["oauth_verifier"]
    done = await complete_oauth(world.base.tools, None, ORIGIN, code=back.query["code"], code_verifier=verifier)
    assert done.signed_in is not None
    await browser.get(at(world, path))
    assert browser.cookies["oauth_verifier"] == verifier, "a second tab takes nothing from the first"


async def test_a_link_with_a_challenge_may_return_to_another_origin(world: ProviderWorld) -> None:
    browser, query = world.base.browser(), f"returnUrl={FRONT_END}/in&codeChallenge={challenge_of(VERIFIER)}"
    opened = await browser.get(at(world, f"/auth/facebook/login?{query}"))
    assert "scope=public_profile%2Cemail" in opened.location
    assert "oauth_verifier" not in browser.cookies
    back = await browser.get(world.base.server.admin.decide(opened.location, "allow_without_email"))
    assert back.location.startswith(f"{FRONT_END}/in?code=")
    assert (await world.complete(back.query["code"])).signed_in is not None
    refused = await browser.get(at(world, f"/auth/facebook/login?returnUrl={FRONT_END}/in"))
    assert_error_page(refused, 400)


async def test_looking_at_a_link_begins_nothing(world: ProviderWorld) -> None:
    reply = await world.base.browser().get(at(world, "/auth/google/login"), method="HEAD")
    assert (reply.status, "Set-Cookie" in reply.headers, "Location" in reply.headers) == (200, False, False)


async def test_signing_out_takes_the_header_and_ends_the_session(world: ProviderWorld) -> None:
    tools, signed_in = world.base.tools, await world.registered()
    bearer = f"Bearer {signed_in.access_token.text}"
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Cookie": f"authorization={bearer}"}):
        async with world.base.http.post(at(world, "/auth/logout"), headers=headers) as reply:
            assert reply.status == 401
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    async with world.base.http.post(at(world, "/auth/logout"), headers={"Authorization": bearer}) as reply:
        assert (reply.status, await reply.text()) == (204, "")
    with pytest.raises(Unauthenticated):
        await tools.credentials.authenticator.authenticate(bearer, ORIGIN)
    async with world.base.http.get(at(world, "/auth/logout")) as reply:
        assert reply.status == 405


async def test_a_provider_that_is_not_set_up_or_does_not_answer_is_said_so(world: ProviderWorld) -> None:
    tools = world.base.tools
    app, http = google_of(tools).app, google_of(tools).http
    without = with_google(tools, GoogleProvider(replace(app, client_id=""), http, tools.clock))
    silent = with_google(tools, GoogleProvider(replace(app, issuer="http://127.0.0.1:9"), http, tools.clock))
    asked = (
        (without, "/auth/google/login", 404),
        (without, "/auth/google/callback?state=x&code=y", 400),
        (silent, "/auth/google/login", 503),
    )
    for given, path, status in asked:
        async with serving(Starlette(routes=list(oauth_routes(given)))) as (url, _server):
            assert_error_page(await world.base.browser().get(url + path), status)


def assert_error_page(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "Location" not in reply.headers
