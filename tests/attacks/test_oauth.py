"""Attack 8: whoever plays with state, codes, redirects, tokens and addresses of a sign-in gets nowhere."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import pytest_asyncio

from errors import Forbidden, Unauthenticated, UserErrorCode
from integrations.google.provider import GoogleApp, GoogleProvider
from models.tenants.membership import Role
from sandbox.google.config import GoogleConfig
from sandbox.google.hostility import Hostility
from sandbox.google.server import run_google
from services.oauth import challenge_of
from services.people.deletion import delete_my_account
from services.people.passwords import set_password
from services.people.profile import update_profile
from services.people.sessions import refresh_session
from services.sign_in.by_password import login
from services.sign_in.by_provider import begin_sign_in
from services.sign_in.identities import begin_link, unlink_identity
from services.tenants.api_keys import KeyWish, create_api_key
from services.tenants.deletion import delete_tenant
from services.toolbox import Toolbox
from tests.worlds.connections import FRONT_END, VERIFIER, ConnectBase, connect_base, made_up
from tests.worlds.providers import GOOGLE, ORIGIN, PASSWORD, ProviderWorld, facebook_id, new_email, refusal
from tests.worlds.vendors import google_of

TOKENS = [mode for mode in Hostility if "PARAMETER" not in mode.name and mode is not Hostility.SCRIPT_IN_ERROR]
ANSWERS = [Hostility.WRONG_ISS_PARAMETER, Hostility.NO_ISS_PARAMETER, Hostility.SCRIPT_IN_ERROR]


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ProviderWorld:
    return ProviderWorld(await base.world())


@pytest.mark.parametrize("mode", TOKENS)
async def test_an_id_token_that_lies_signs_nobody_in(world: ProviderWorld, mode: Hostility) -> None:
    person = world.somebody(email=new_email())
    world.base.google.lie(mode)
    code = await world.come_back(person)
    assert await refusal(world.complete(code)) is UserErrorCode.OAUTH_FAILED
    world.base.google.lie(None)
    assert (await world.user((await world.sign_in(person)).viewer)).email == person.email


@pytest.mark.parametrize("mode", ANSWERS)
async def test_an_answer_in_anothers_name_or_with_a_script_in_it_fails(world: ProviderWorld, mode: Hostility) -> None:
    person, browser = world.somebody(), world.base.browser()
    world.base.google.lie(mode)
    reply = await browser.get(await world.dialog(browser, await world.begin(), person))
    assert reply.query["error"] == "OAUTH_FAILED"
    assert "script" not in reply.location + reply.text
    assert await refusal(world.complete(reply.query["code"])) is UserErrorCode.OAUTH_FAILED


async def test_the_answer_of_one_provider_does_not_answer_another(world: ProviderWorld) -> None:
    browser = world.base.browser()
    back = await world.dialog(browser, await world.begin(), world.somebody())
    assert (await browser.get(back.replace("/auth/google/", "/auth/facebook/"))).status == 400
    assert (await browser.get(back)).status == 303


async def test_state_is_one_browsers_and_works_once(world: ProviderWorld) -> None:
    victim, attacker = world.base.browser(), world.base.browser()
    back = await world.dialog(attacker, await world.begin(), world.somebody())
    await victim.get(await world.begin())
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert (await victim.get(back)).status == 400, "another browser's answer, with a flow of its own open"
    assert (await attacker.get(back.replace(f"state={quote(state)}", f"state={made_up()}"))).status == 400
    assert (await attacker.get(back.replace(f"state={quote(state)}", "state="))).status == 400
    assert (await attacker.get(back)).status == 303
    assert (await attacker.get(back)).status == 400, "replayed"


async def test_a_fixed_cookie_or_a_link_that_was_opened_already_is_of_no_use(world: ProviderWorld) -> None:
    link, attacker, victim = await world.begin(), world.base.browser(), world.base.browser()
    assert (await attacker.get(link)).status == 303
    assert (await victim.get(link)).status == 400
    victim.cookies["oauth_flow"] = "fixed"
    assert (await victim.get(await world.begin())).status == 303
    assert victim.cookies["oauth_flow"] != "fixed"


async def test_a_code_works_once_in_time_and_with_its_verifier(world: ProviderWorld) -> None:
    person = world.somebody()
    code = await world.come_back(person)
    await world.complete(code)
    assert await refusal(world.complete(code)) is UserErrorCode.TOKEN_INVALID
    late = await world.come_back(person)
    world.base.move(seconds=61)
    assert await refusal(world.complete(late)) is UserErrorCode.TOKEN_EXPIRED


@pytest.mark.parametrize(
    "url",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        f"{FRONT_END}@evil.example/",
        f"{FRONT_END}.evil.example/",
        "evil",
    ],
)
async def test_nobody_is_sent_to_another_site(world: ProviderWorld, url: str) -> None:
    begun = begin_sign_in(world.base.tools, provider=GOOGLE, return_url=url, code_challenge=challenge_of(VERIFIER))
    assert await refusal(begun) is UserErrorCode.INVALID
    browser = world.base.browser()
    reply = await browser.get(
        f"{world.base.tools.addresses.public_url}/auth/google/login?returnUrl={quote(url, safe='')}"
    )
    assert (reply.status, "Location" in reply.headers) == (400, False)


async def test_an_unverified_address_is_linked_to_nothing(world: ProviderWorld) -> None:
    owner = await world.registered()
    email = (await world.user(owner.viewer)).email
    for person in (world.somebody(email=email, verified=False), facebook_id()):
        assert (await world.sign_in(person)).viewer.user_id != owner.viewer.user_id
    assert await world.linked(owner.viewer) == []


async def test_who_waits_in_an_account_of_anothers_address_is_thrown_out(world: ProviderWorld) -> None:
    """Pre-hijack: registered with the victim's address, with a session, an own identity and an API key left behind."""
    email, tools = new_email(), world.base.tools
    attacker = await world.registered(email=email, verified=False)
    at_google, at_facebook = world.somebody(), facebook_id()
    for account in (at_google, at_facebook):
        await world.link(account, attacker.viewer)
    key = (await create_api_key(tools, attacker.viewer, KeyWish("left behind", Role.ADMIN, None))).secret
    assert await tools.credentials.authenticator.authenticate(f"Bearer {key}", ORIGIN)
    victim = await world.sign_in(world.somebody(email=email))
    assert (await world.user(victim.viewer)).email_verified_at is not None
    assert await refusal(login(tools, ORIGIN, email=email, password=PASSWORD)) is UserErrorCode.INVALID_CREDENTIALS
    gone = refresh_session(tools, ORIGIN, refresh_token=attacker.refresh_token)
    assert await refusal(gone) is UserErrorCode.TOKEN_INVALID
    for bearer in (attacker.access_token.text, key):
        with pytest.raises(Unauthenticated):
            await tools.credentials.authenticator.authenticate(f"Bearer {bearer}", ORIGIN)
    for account in (at_google, at_facebook):
        assert (await world.sign_in(account)).viewer.user_id != victim.viewer.user_id
    assert "user.reclaimed" in await world.base.actions(victim.viewer)


async def test_who_was_thrown_out_builds_no_other_way_in_while_they_are_still_believed(world: ProviderWorld) -> None:
    """Other processes believe a sign-in for 15 seconds, so the attacker's viewer still stands in one of them."""
    email, tools = new_email(), world.base.tools
    attacker = (await world.registered(email=email, verified=False)).viewer
    linking = await world.come_back(facebook_id(), link_to=attacker)
    victim = (await world.sign_in(world.somebody(email=email))).viewer
    before = await world.user(victim)
    for attempt in (
        set_password(tools, attacker, current=None, password="another horse battery"),
        update_profile(tools, attacker, name="Mine", email=new_email()),
        world.complete(linking, attacker),
        unlink_identity(tools.db, tools.credentials, attacker, GOOGLE),
        create_api_key(tools, attacker, KeyWish("left behind", Role.ADMIN, None)),
        delete_tenant(tools, attacker),
        delete_my_account(tools, attacker),
    ):
        with pytest.raises(Unauthenticated):
            await attempt
    assert await world.user(victim) == before
    assert len(await world.linked(victim)) == 1


async def test_a_link_is_finished_by_whoever_began_it(world: ProviderWorld) -> None:
    """Another person, the same person in another tenant, and nobody: the identity stays unlinked."""
    viewer, other = (await world.registered()).viewer, (await world.registered()).viewer
    person = world.somebody()
    code = await world.come_back(person, link_to=viewer)
    for wrong in (other, replace(viewer, tenant_id=other.tenant_id)):
        assert await refusal(world.complete(code, wrong)) is UserErrorCode.TOKEN_INVALID
    with pytest.raises(Unauthenticated):
        await world.complete(code)
    assert await world.linked(viewer) == await world.linked(other) == []
    assert (await world.complete(code, viewer)).viewer == viewer


async def test_an_old_session_links_nothing(world: ProviderWorld) -> None:
    """A stolen session would leave a way in that outlives it."""
    viewer = (await world.registered()).viewer
    world.base.move(seconds=301)
    with pytest.raises(Forbidden) as refused:
        await world.begin(link_to=viewer)
    assert refused.value.reason == "REAUTHENTICATE"


async def test_a_key_links_nothing(world: ProviderWorld) -> None:
    viewer = (await world.registered()).viewer
    key = replace(viewer, user_id=None, session_id=None, api_key_id=viewer.session_id, key_maker_id=viewer.user_id)
    with pytest.raises(Exception, match="for people"):
        await begin_link(world.base.tools, key, provider=GOOGLE, return_url="/", code_challenge=challenge_of(VERIFIER))


async def test_keys_may_change_and_unknown_ones_are_asked_for_once_a_minute(world: ProviderWorld) -> None:
    async with run_google(GoogleConfig("client", "secret", "t", ("http://127.0.0.1:9/",))) as google:
        app = GoogleApp("client", "secret", google.url, "http://127.0.0.1:9/")
        ours = GoogleProvider(app, google_of(world.base.tools).http, world.base.now)
        first = str(google.sandbox.keys[0].kid)
        assert await ours.key(first) is not None
        google.rotate_keys()
        for _ in range(20):
            assert await ours.key("made up") is None
        assert google.sandbox.key_fetches == 1, "within the same minute nobody is asked again"
        world.base.move(seconds=60)
        assert await ours.key(str(google.sandbox.keys[1].kid)) is not None
        for _ in range(20):
            assert await ours.key("made up") is None
        assert google.sandbox.key_fetches == 2
        del google.sandbox.keys[0]
        world.base.moved_by += timedelta(hours=1)
        assert await ours.key(first) is None, "a withdrawn key is believed for an hour at most"
