"""Signing in, linking and unlinking with a provider, as GraphQL text."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest_asyncio

from auth.viewer import Viewer
from integrations.google.provider import GoogleProvider
from services.oauth import challenge_of
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.connections import VERIFIER, ConnectBase, connect_base
from tests.worlds.providers import ProviderWorld, new_email
from tests.worlds.vendors import google_of, with_google

BEGIN = """
mutation ($link: Boolean! = false, $returnUrl: String! = "/", $challenge: String!) {
  beginSignIn(input: {provider: GOOGLE, link: $link, returnUrl: $returnUrl, codeChallenge: $challenge}) {
    authorizationUrl userErrors { code field }
  }
}
"""
COMPLETE = """
mutation ($code: String!, $verifier: String!) {
  completeOAuth(code: $code, codeVerifier: $verifier) {
    accessToken accessTokenExpiresAt refreshToken grant { id } userErrors { code field }
    viewer { role email emailVerified hasPassword identities { provider email linkedAt } tenant { name } }
  }
}
"""
UNLINK = """
mutation {
  unlinkIdentity(provider: GOOGLE) { viewer { identities { provider } } userErrors { code field } }
}
"""
CHALLENGE = challenge_of(VERIFIER)


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ProviderWorld:
    return ProviderWorld(await base.world())


async def payload(world: ProviderWorld, viewer: Viewer | None, query: str, **variables: Any) -> Any:
    answer = await Door(world.base.tools, viewer).ask(query, **variables)
    assert answer.codes == []
    return next(iter(answer.data.values()))


async def test_signing_in_answers_tokens_and_the_viewer(world: ProviderWorld) -> None:
    email, browser = new_email(), world.base.browser()
    begun = await payload(world, None, BEGIN, challenge=CHALLENGE)
    back = await world.dialog(browser, begun["authorizationUrl"], world.somebody(email=email))
    code = (await browser.get(back)).query["code"]
    done = await payload(world, None, COMPLETE, code=code, verifier=VERIFIER)
    assert done["accessToken"]
    assert done["accessTokenExpiresAt"]
    assert done["refreshToken"]
    assert done["grant"] is None
    [identity] = done["viewer"].pop("identities")
    assert (identity["provider"], identity["email"]) == ("GOOGLE", email)
    assert done["viewer"] == {
        "role": "OWNER",
        "email": email,
        "emailVerified": True,
        "hasPassword": False,
        "tenant": {"name": "Some Body's team"},
    }


async def test_linking_answers_the_viewer_alone_and_unlinking_takes_it_back(world: ProviderWorld) -> None:
    viewer, person, browser = (await world.registered()).viewer, world.somebody(), world.base.browser()
    begun = await payload(world, viewer, BEGIN, link=True, challenge=CHALLENGE)
    code = (await browser.get(await world.dialog(browser, begun["authorizationUrl"], person))).query["code"]
    done = await payload(world, viewer, COMPLETE, code=code, verifier=VERIFIER)
    assert done["accessToken"] is done["refreshToken"] is done["grant"] is None
    assert [each["provider"] for each in done["viewer"]["identities"]] == ["GOOGLE"]
    assert await payload(world, viewer, UNLINK) == {"viewer": {"identities": []}, "userErrors": []}
    refused = await payload(world, viewer, UNLINK)
    assert refused == {"viewer": None, "userErrors": [{"code": "NOT_FOUND", "field": ["provider"]}]}


async def test_the_last_way_in_is_not_unlinked(world: ProviderWorld) -> None:
    viewer = (await world.sign_in(world.somebody(email=new_email()))).viewer
    refused = await payload(world, viewer, UNLINK)
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["provider"]}]


async def test_without_passwords_a_password_is_no_way_in(world: ProviderWorld) -> None:
    viewer = (await world.registered()).viewer
    await world.link(world.somebody(), viewer)
    without = replace(world.base.tools.credentials, has_passwords=False)
    world.base.tools = replace(world.base.tools, credentials=without)
    assert (await payload(world, viewer, UNLINK))["userErrors"] == [{"code": "CONFLICT", "field": ["provider"]}]


async def test_wrong_input_and_strangers_are_told(world: ProviderWorld) -> None:
    wrong = await payload(world, None, BEGIN, returnUrl="//evil.example", challenge=CHALLENGE)
    assert wrong["userErrors"] == [{"code": "INVALID", "field": ["input", "returnUrl"]}]
    short = await payload(world, None, BEGIN, challenge="short")
    assert short["userErrors"] == [{"code": "INVALID", "field": ["input", "codeChallenge"]}]
    for query, variables in ((BEGIN, {"link": True, "challenge": CHALLENGE}), (UNLINK, {})):
        assert (await Door(world.base.tools, None).ask(query, **variables)).codes == ["UNAUTHENTICATED"]


async def test_a_provider_that_is_not_set_up_answers_so_and_a_silent_one_is_upstream(world: ProviderWorld) -> None:
    tools = world.base.tools
    app, http = google_of(tools).app, google_of(tools).http
    world.base.tools = with_google(tools, GoogleProvider(replace(app, client_id=""), http, tools.clock))
    assert (await payload(world, None, BEGIN, challenge=CHALLENGE))["userErrors"] == [
        {"code": "NOT_CONFIGURED", "field": ["input", "provider"]}
    ]
    world.base.tools = with_google(tools, GoogleProvider(replace(app, issuer="http://127.0.0.1:9"), http, tools.clock))
    answer = await Door(world.base.tools, None).ask(BEGIN, challenge=CHALLENGE)
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]
