"""The connect flow from begin to grant, and everything that must not lead to one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from errors import Forbidden, Refused, Unauthenticated, UpstreamUnavailable, UserErrorCode
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from models.connections.access_grant import AccessGrantStatus
from models.platform import Platform
from models.tenants.membership import Role
from sandbox.meta.trouble.faults import FaultKind
from services.account_access import token_of
from services.connections.dialog import begin_connection
from services.oauth import challenge_of
from services.oauth_purposes import complete_oauth
from services.toolbox import Toolbox
from tests.worlds.connections import VERIFIER, ConnectBase, ConnectWorld, connect_base, made_up
from tests.worlds.vendors import meta_of, with_meta


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    return await base.world()


async def refusal(world: ConnectWorld, code: str, **how: object) -> UserErrorCode:
    with pytest.raises(Refused) as caught:
        await world.complete(code, **how)  # type: ignore[arg-type]  # what complete takes
    return caught.value.user_code


async def test_the_dialog_leads_to_a_grant_of_ones_own(world: ConnectWorld) -> None:
    grant = (await world.complete(await world.come_back())).grant
    assert grant is not None
    assert (grant.status, grant.shared, grant.connected_by) == (
        AccessGrantStatus.ACTIVE,
        False,
        world.viewer.user_id,
    )
    assert grant.external_user_name == "Demo Marketer"
    assert "ads_read" in grant.scopes
    assert grant.missing_scopes == []
    assert grant.expires_at is not None
    assert grant.data_access_expires_at is not None
    assert await world.actions() == ["connection.begun", "access_grant.connected"]


async def test_the_stored_token_is_long_lived_encrypted_and_works(world: ConnectWorld) -> None:
    grant = await world.connected()
    token = token_of(world.tools.cipher, grant)
    assert token not in grant.token_enc
    found = [row.external_id async for row in meta_of(world.tools).account_session(token).ad_accounts()]
    assert len(found) == 3


async def test_connecting_again_renews_the_same_grant(world: ConnectWorld) -> None:
    first, second = await world.connected(), await world.connected()
    assert first.id == second.id
    assert token_of(world.tools.cipher, first) != token_of(world.tools.cipher, second)
    assert len(await world.grants()) == 1
    assert (await world.actions())[-1] == "access_grant.renewed"


async def test_two_who_connect_the_same_person_at_once_share_one_grant(world: ConnectWorld) -> None:
    codes = [await world.come_back(), await world.come_back()]
    await asyncio.gather(*(world.complete(code) for code in codes))
    assert len(await world.grants()) == 1


async def test_nothing_secret_is_stored_in_clear(world: ConnectWorld) -> None:
    browser = world.browser()
    link = await world.begin()
    back = await world.dialog(browser, link)
    code = (await browser.get(back)).query["code"]
    provider_code = back.split("code=")[1].split("&")[0]
    stored = str([flow.model_dump() for flow in await world.flows()])
    for secret in (link.rsplit("/", 1)[1], provider_code, code, next(iter(browser.cookies.values()))):
        assert secret not in stored


async def test_a_refusal_in_the_dialog_is_reported(world: ConnectWorld) -> None:
    assert await refusal(world, await world.come_back("deny")) is UserErrorCode.OAUTH_DENIED
    assert await world.grants() == []


async def test_a_consent_without_ads_read_stores_nothing(world: ConnectWorld) -> None:
    code = await world.come_back("allow_without_ads_read")
    assert await refusal(world, code) is UserErrorCode.PERMISSION_MISSING
    assert await world.grants() == []


async def test_a_wrong_verifier_is_refused_and_does_not_spoil_the_code(world: ConnectWorld) -> None:
    code = await world.come_back()
    assert await refusal(world, code, verifier="w" * 50) is UserErrorCode.TOKEN_INVALID
    assert (await world.complete(code)).grant is not None


async def test_a_code_works_once(world: ConnectWorld) -> None:
    code = await world.come_back()
    await world.complete(code)
    assert await refusal(world, code) is UserErrorCode.TOKEN_INVALID


async def test_a_code_works_once_for_two_at_the_same_moment(world: ConnectWorld) -> None:
    code = await world.come_back()
    outcomes = await asyncio.gather(world.complete(code), world.complete(code), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CompletedOAuth", "Refused"]


async def test_a_code_is_late_after_a_minute(world: ConnectWorld) -> None:
    code = await world.come_back()
    world.move(seconds=60)
    assert await refusal(world, code) is UserErrorCode.TOKEN_EXPIRED


@pytest.mark.parametrize("code", ["", "made-up", "\ud800", "x" * 5000])
async def test_an_unknown_code_is_refused(world: ConnectWorld, code: str) -> None:
    assert await refusal(world, code) is UserErrorCode.TOKEN_INVALID


async def test_nobody_else_can_complete(world: ConnectWorld) -> None:
    code = await world.come_back()
    elsewhere = await world.elsewhere()
    same_person_elsewhere = replace(elsewhere.viewer, user_id=world.viewer.user_id)
    for other in (await world.colleague(Role.OWNER), elsewhere.viewer, same_person_elsewhere):
        assert await refusal(world, code, viewer=other) is UserErrorCode.TOKEN_INVALID
    assert (await world.complete(code)).grant is not None


async def test_without_credentials_a_connection_is_not_completed(world: ConnectWorld) -> None:
    code = await world.come_back()
    with pytest.raises(Unauthenticated):
        await complete_oauth(world.tools, None, world.viewer.origin, code=code, code_verifier=VERIFIER)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
async def test_connecting_needs_the_permission(world: ConnectWorld, role: Role) -> None:
    with pytest.raises(Forbidden):
        await world.begin(world.entities.as_role(role))


async def test_who_lost_the_permission_on_the_way_is_refused(world: ConnectWorld) -> None:
    code = await world.come_back()
    with pytest.raises(Forbidden):
        await world.complete(code, viewer=world.entities.as_role(Role.MANAGER))
    assert await world.grants() == []


async def test_a_code_that_the_platform_does_not_take_is_a_failed_flow(world: ConnectWorld) -> None:
    code = await world.come_back()
    world.spoil(FaultKind.ERROR, "oauth/access_token", code=100, subcode=36007)
    assert await refusal(world, code) is UserErrorCode.OAUTH_FAILED


async def test_a_token_that_dies_at_once_is_a_failed_flow(world: ConnectWorld) -> None:
    code = await world.come_back()
    world.spoil(FaultKind.TOKEN_REVOKED, "me")
    assert await refusal(world, code) is UserErrorCode.OAUTH_FAILED


async def test_a_platform_that_does_not_answer_is_unavailable(world: ConnectWorld) -> None:
    code = await world.come_back()
    world.spoil(FaultKind.HTML_503, times=None)
    with pytest.raises(UpstreamUnavailable):
        await world.complete(code)


@pytest.mark.parametrize("return_url", ["//evil.example", "/a\tb", "https://evil.example/"])
async def test_a_return_url_of_another_site_is_refused(world: ConnectWorld, return_url: str) -> None:
    with pytest.raises(Refused) as caught:
        await world.begin(return_url=return_url)
    assert (caught.value.user_code, caught.value.field) == (UserErrorCode.INVALID, "return_url")
    assert await world.flows() == []


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "=" * 43, challenge_of("x") + "="])
async def test_a_code_challenge_that_is_no_sha256_is_refused(world: ConnectWorld, challenge: str) -> None:
    with pytest.raises(Refused) as caught:
        await begin_connection(
            world.tools, world.viewer, platform=Platform.META, return_url="/", code_challenge=challenge
        )
    assert caught.value.field == "code_challenge"


async def test_without_an_app_connecting_is_not_configured(world: ConnectWorld) -> None:
    unset = MetaPlatform(replace(meta_of(world.tools).app, app_id=""), meta_of(world.tools).http)
    with pytest.raises(Refused) as caught:
        await begin_connection(
            with_meta(world.tools, unset),
            world.viewer,
            platform=Platform.META,
            return_url="/",
            code_challenge=challenge_of(VERIFIER),
        )
    assert caught.value.user_code is UserErrorCode.NOT_CONFIGURED


async def test_old_flows_are_removed(world: ConnectWorld) -> None:
    await world.begin()
    world.move(days=2)
    await world.begin()
    assert len(await world.flows()) == 1


def test_an_app_does_not_show_its_secret() -> None:
    assert "hush" not in repr(MetaApp("1", "hush", "v26.0", "http://x", "http://x", "http://x"))


async def test_a_made_up_link_is_nobodys(world: ConnectWorld) -> None:
    reply = await world.browser().get(f"{world.tools.addresses.public_url}/auth/start/{made_up()}")
    assert reply.status == 400
