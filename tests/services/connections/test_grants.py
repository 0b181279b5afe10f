"""Access grants: pasting, sharing, revoking, what they can see, and who may use them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from errors import BadInput, Forbidden, RateLimited, Refused, UpstreamUnavailable, UserErrorCode
from integrations.errors import AccessRevoked
from integrations.meta.client import MetaPlatform
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.tenants.membership import Role
from sandbox.meta.trouble.faults import FaultKind
from services.account_access import token_of
from services.connections.available_accounts import AvailableAdAccount, fetch_available_ad_accounts
from services.connections.grant_tokens import health
from services.connections.grants import access_grants, number_of_access_grants, revoke_access_grant, share_access_grant
from services.toolbox import Toolbox
from tests.worlds.connections import NOON, SYSTEM_USER, ConnectBase, ConnectWorld, connect_base
from tests.worlds.vendors import meta_of, with_meta


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    return await base.world()


async def refused(world: ConnectWorld, token: str) -> UserErrorCode:
    with pytest.raises(Refused) as caught:
        await world.pasted(token)
    assert caught.value.field == "access_token"
    assert await world.grants() == []
    return caught.value.user_code


async def available(
    world: ConnectWorld, grant: AccessGrant, first: int = 50, **how: object
) -> KeysetPage[AvailableAdAccount]:
    window = Window(first, how.pop("after", None))  # type: ignore[arg-type]  # a cursor or nothing
    viewer = how.pop("viewer", world.viewer)
    found = await fetch_available_ad_accounts(
        world.tools,
        viewer,  # type: ignore[arg-type]  # a Viewer
        grant.id,
        window=window,
        search=how.pop("search", None),  # type: ignore[arg-type]  # a text or nothing
    )
    assert found is not None
    return found


async def test_without_the_permission_a_shared_grant_asks_for_it(world: ConnectWorld) -> None:
    grant = await world.pasted(SYSTEM_USER)
    with pytest.raises(Forbidden, match="CONNECT_ACCOUNTS"):
        await available(world, grant, viewer=replace(world.viewer, user_id=new_id(), role=Role.VIEWER))


async def test_a_pasted_system_users_token_is_shared_from_the_start(world: ConnectWorld) -> None:
    grant = await world.pasted(f"  {SYSTEM_USER}\n")
    assert (grant.status, grant.shared, grant.expires_at) == (AccessGrantStatus.ACTIVE, True, None)
    assert grant.external_user_name == "Adgraph System User"
    assert token_of(world.tools.cipher, grant) == SYSTEM_USER
    assert SYSTEM_USER not in grant.token_enc
    assert await world.actions() == ["access_grant.connected"]


async def test_a_pasted_persons_token_stays_their_own(world: ConnectWorld) -> None:
    token = token_of(world.tools.cipher, await world.connected())
    grant = await world.pasted(token)
    assert grant.shared is False


async def test_pasting_twice_is_one_grant(world: ConnectWorld) -> None:
    assert (await world.pasted()).id == (await world.pasted()).id
    assert await number_of_access_grants(world.tools.db, world.viewer) == 1


@pytest.mark.parametrize(
    "token", ["SANDBOX-EXPIRED", "SANDBOX-REVOKED", "made-up-token", "", "short", "with space", "ä" * 20, "x" * 2000]
)
async def test_a_dead_or_impossible_token_is_refused(world: ConnectWorld, token: str) -> None:
    assert await refused(world, token) is UserErrorCode.ACCESS_TOKEN_INVALID


async def test_a_token_without_ads_read_is_refused(world: ConnectWorld) -> None:
    assert await refused(world, "SANDBOX-NO-ADS-READ") is UserErrorCode.PERMISSION_MISSING


async def test_a_token_that_dies_between_two_questions_is_refused(world: ConnectWorld) -> None:
    world.spoil(FaultKind.TOKEN_REVOKED, "me")
    assert await refused(world, SYSTEM_USER) is UserErrorCode.ACCESS_TOKEN_INVALID


async def test_a_platform_that_is_away_is_no_fault_of_the_token(world: ConnectWorld) -> None:
    world.spoil(FaultKind.HTML_503, times=None)
    with pytest.raises(UpstreamUnavailable):
        await world.pasted()


async def test_a_platform_that_throttles_says_how_long(world: ConnectWorld) -> None:
    world.spoil(FaultKind.ERROR, code=4, times=None)
    with pytest.raises(RateLimited) as caught:
        await world.pasted()
    assert caught.value.retry_after_s > 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
async def test_grants_are_changed_with_the_permission_only(world: ConnectWorld, role: Role) -> None:
    grant, viewer = await world.pasted(), world.entities.as_role(role)
    with pytest.raises(Forbidden):
        await world.pasted(viewer=viewer)
    with pytest.raises(Forbidden):
        await share_access_grant(world.tools.db, viewer, grant.id, shared=False)
    with pytest.raises(Forbidden):
        await revoke_access_grant(world.tools.db, world.tools.clock, viewer, grant.id)


async def test_all_who_may_read_see_the_grants_of_their_tenant_alone(world: ConnectWorld) -> None:
    grant, other = await world.pasted(), await world.elsewhere()
    window = Window(50)
    own = await access_grants(world.tools.db, world.entities.as_role(Role.VIEWER), window)
    assert [row.id for row in own.rows] == [grant.id]
    assert (await access_grants(world.tools.db, other.viewer, window)).rows == []


async def test_whoever_connected_a_grant_lends_it_out_and_takes_it_back(world: ConnectWorld) -> None:
    grant, colleague = await world.connected(), await world.colleague()
    with pytest.raises(Forbidden):
        await available(world, grant, viewer=colleague)
    await share_access_grant(world.tools.db, world.viewer, grant.id, shared=True)
    assert len((await available(world, grant, viewer=colleague)).rows) == 3
    await share_access_grant(world.tools.db, world.viewer, grant.id, shared=False)
    await share_access_grant(world.tools.db, world.viewer, grant.id, shared=False)
    with pytest.raises(Forbidden):
        await available(world, grant, viewer=colleague)
    assert (await world.actions())[-2:] == ["access_grant.shared", "access_grant.unshared"]


async def test_a_shared_grant_is_for_those_who_may_connect(world: ConnectWorld) -> None:
    grant, reader = await world.pasted(), await world.colleague(Role.VIEWER)
    with pytest.raises(Forbidden):
        await available(world, grant, viewer=reader)
    assert (await available(world, grant, viewer=world.entities.as_role(Role.VIEWER))).rows


async def test_a_colleagues_grant_cannot_be_shared(world: ConnectWorld) -> None:
    grant = await world.connected()
    with pytest.raises(Refused) as caught:
        await share_access_grant(world.tools.db, await world.colleague(), grant.id, shared=True)
    assert caught.value.user_code is UserErrorCode.FORBIDDEN


async def test_another_tenants_grant_is_like_none(world: ConnectWorld) -> None:
    grant, other = await world.pasted(), await world.elsewhere()
    for grant_id in (grant.id, None, other.tenant_id):
        with pytest.raises(Refused) as shared:
            await share_access_grant(world.tools.db, other.viewer, grant_id, shared=False)
        with pytest.raises(Refused) as revoked:
            await revoke_access_grant(world.tools.db, world.tools.clock, other.viewer, grant_id)
        assert shared.value.user_code is revoked.value.user_code is UserErrorCode.NOT_FOUND
        found = await fetch_available_ad_accounts(world.tools, other.viewer, grant_id, window=Window(5), search=None)
        assert found is None


async def test_revoking_forgets_the_token(world: ConnectWorld) -> None:
    grant = await world.pasted()
    for _ in range(2):
        assert (
            await revoke_access_grant(world.tools.db, world.tools.clock, await world.colleague(), grant.id) == grant.id
        )
    stored = (await world.grants())[0]
    assert (stored.status, stored.token_enc) == (AccessGrantStatus.REVOKED, "")
    assert stored.revoked_at == NOON
    assert (await world.actions()).count("access_grant.revoked") == 1
    with pytest.raises(AccessRevoked):
        await available(world, stored)


async def test_a_revoked_grant_comes_back_with_a_new_consent(world: ConnectWorld) -> None:
    grant = await world.pasted()
    await revoke_access_grant(world.tools.db, world.tools.clock, world.viewer, grant.id)
    again = await world.pasted()
    assert (again.id, again.status, again.revoked_at) == (grant.id, AccessGrantStatus.ACTIVE, None)


async def test_accounts_are_listed_by_name_page_by_page(world: ConnectWorld) -> None:
    grant = await world.pasted()
    first = await available(world, grant, first=2)
    rest = await available(world, grant, first=2, after=first.cursors[-1])
    assert [row.name for row in (*first.rows, *rest.rows)] == ["Bluebird Home", "Nordlicht Outdoor", "Sakura Beauty"]
    assert (first.has_next, first.has_previous, rest.has_next, rest.has_previous) == (True, False, False, True)
    assert {row.connected for row in first.rows} == {False}


@pytest.mark.parametrize(("search", "found"), [("HOME", 1), ("act_1003", 1), ("o", 2), ("nothing", 0), ("  ", 3)])
async def test_accounts_are_searched_by_name_and_id(world: ConnectWorld, search: str, found: int) -> None:
    assert len((await available(world, await world.pasted(), search=search)).rows) == found


@pytest.fixture
def accents(world: ConnectWorld) -> Iterator[None]:
    """Names of the platform's accounts that sort by their bytes in another order."""
    objects = world.server.admin.sandbox.dataset.objects
    before: dict[str, object] = {name: objects[name].fields["name"] for name in ("act_1001", "act_1002", "act_1003")}
    for name, shown in zip(before, ("E\u0301clair 2", "\u00c9CLAIR 1", "Fig"), strict=True):
        objects[name].fields["name"] = shown
    yield
    for name, own in before.items():
        objects[name].fields["name"] = own


@pytest.mark.usefixtures("accents")
async def test_accents_of_accounts_do_not_count_in_order_and_are_found_however_spelt(world: ConnectWorld) -> None:
    grant = await world.pasted()
    listed = [row.external_id for row in (await available(world, grant)).rows]
    assert listed == ["act_1002", "act_1001", "act_1003"]
    for search in ("\u00e9clair", "e\u0301clair"):
        assert len((await available(world, grant, search=search)).rows) == 2


async def test_a_grant_shows_only_what_its_token_sees(world: ConnectWorld) -> None:
    grant = await world.pasted("SANDBOX-ONE-ACCOUNT")
    assert [row.external_id for row in (await available(world, grant)).rows] == ["act_1001"]


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "WyJhIiwiYiJd", "W10"])
async def test_a_cursor_of_another_list_is_bad_input(world: ConnectWorld, cursor: str) -> None:
    with pytest.raises(BadInput):
        await available(world, await world.pasted(), after=cursor)


async def test_a_grant_whose_token_has_died_says_so_from_then_on(world: ConnectWorld) -> None:
    grant = await world.pasted()
    world.spoil(FaultKind.TOKEN_EXPIRED, "me/adaccounts")
    with pytest.raises(UpstreamUnavailable):
        await available(world, grant)
    stored = (await world.grants())[0]
    assert stored.status is AccessGrantStatus.NEEDS_REAUTH
    assert "expired" in (stored.reason or "")


async def test_a_token_that_cannot_be_decrypted_has_to_be_connected_again(world: ConnectWorld) -> None:
    grant, other = await world.pasted(), await world.connected()
    async with world.tools.db.write(world.viewer) as session:
        session.add(grant)
        grant.token_enc = other.token_enc
    with pytest.raises(AccessRevoked):
        await available(world, grant)
    assert {row.id: row.status for row in await world.grants()}[grant.id] is AccessGrantStatus.NEEDS_REAUTH


async def test_a_token_of_another_app_is_refused(world: ConnectWorld) -> None:
    app = replace(meta_of(world.tools).app, app_id="4243")
    tools = with_meta(world.tools, MetaPlatform(app, meta_of(world.tools).http))
    with pytest.raises((Refused, UpstreamUnavailable)):
        await ConnectWorld(tools, world.server, world.google, world.entities, world.http).pasted()


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (None, AccessGrantStatus.ACTIVE),
        (timedelta(days=15), AccessGrantStatus.ACTIVE),
        (timedelta(days=14), AccessGrantStatus.EXPIRING),
        (timedelta(0), AccessGrantStatus.NEEDS_REAUTH),
    ],
)
@pytest.mark.parametrize("clock", ["expires_at", "data_access_expires_at"])
async def test_the_status_follows_both_clocks(
    world: ConnectWorld, left: timedelta | None, status: AccessGrantStatus, clock: str
) -> None:
    grant = await world.pasted()
    end: datetime | None = NOON + left if left is not None else None
    setattr(grant, clock, end)
    found, reason = health(grant, NOON)
    assert found is status
    assert (reason is None) == (status is AccessGrantStatus.ACTIVE)
