"""Connecting ad accounts and disconnecting them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlmodel import select

from auth.viewer import Viewer
from errors import Forbidden, Refused, UpstreamUnavailable, UserErrorCode
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.keyset import Window
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from models.tenants.membership import Role
from sandbox.meta.admin import SandboxAdmin
from sandbox.meta.trouble.faults import FaultKind
from sandbox.meta.trouble.limits import RefusedObject
from services.connections.ad_accounts import Connected, connect_ad_accounts, disconnect_ad_account
from services.connections.available_accounts import fetch_available_ad_accounts
from services.connections.grants import revoke_access_grant
from services.toolbox import Toolbox
from tests.worlds.connections import NOON, ConnectBase, ConnectWorld, connect_base


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    return await base.world()


async def connect(
    world: ConnectWorld, grant_id: UUID | None, *external_ids: str, viewer: Viewer | None = None
) -> Connected:
    return await connect_ad_accounts(
        world.tools, viewer or world.viewer, grant_id=grant_id, external_ids=list(external_ids)
    )


async def refusal(
    world: ConnectWorld, grant_id: UUID | None, *external_ids: str, viewer: Viewer | None = None
) -> tuple[UserErrorCode, str | None, int | None]:
    with pytest.raises(Refused) as caught:
        await connect(world, grant_id, *external_ids, viewer=viewer)
    assert await accounts(world) == []
    return caught.value.user_code, caught.value.field, caught.value.place


async def accounts(world: ConnectWorld) -> list[AdAccount]:
    async with world.tools.db.read(world.viewer) as session:
        return list((await session.exec(select(AdAccount).where(AdAccount.tenant_id == world.viewer.tenant_id))).all())


async def jobs(world: ConnectWorld) -> list[RefreshJob]:
    async with world.tools.db.read(world.viewer) as session:
        return list(
            (await session.exec(select(RefreshJob).where(RefreshJob.tenant_id == world.viewer.tenant_id))).all()
        )


async def test_accounts_are_stored_in_order_with_a_first_refresh_each(world: ConnectWorld) -> None:
    grant = await world.pasted()
    connected = await connect(world, grant.id, "act_1003", "act_1001", "act_1003")
    assert [(row.external_id, row.currency, row.time_zone) for row in connected.ad_accounts] == [
        ("act_1003", "JPY", "Asia/Tokyo"),
        ("act_1001", "EUR", "Europe/Berlin"),
    ]
    assert {row.grant_id for row in connected.ad_accounts} == {grant.id}
    assert [job.ad_account_id for job in connected.refresh_jobs] == [row.id for row in connected.ad_accounts]
    assert {(job.trigger, job.status) for job in await jobs(world)} == {
        (RefreshTrigger.CONNECTED, RefreshStatus.QUEUED)
    }
    assert (await world.actions()).count("ad_account.connected") == 2


async def test_the_first_refresh_is_all_history_up_to_the_accounts_today(world: ConnectWorld) -> None:
    job = (await connect(world, (await world.pasted()).id, "act_1001")).refresh_jobs[0]
    assert job.range_end == NOON.date()
    assert job.range_end - job.range_start > timedelta(days=395)


async def test_connecting_again_changes_nothing_and_queues_nothing(world: ConnectWorld) -> None:
    grant = await world.pasted()
    first = await connect(world, grant.id, "act_1001")
    second = await connect(world, grant.id, "act_1001")
    assert [row.id for row in first.ad_accounts] == [row.id for row in second.ad_accounts]
    assert [job.id for job in first.refresh_jobs] == [job.id for job in second.refresh_jobs]
    assert len(await jobs(world)) == 1
    assert (await world.actions()).count("ad_account.connected") == 1


async def test_two_who_connect_the_same_account_at_once_connect_it_once(world: ConnectWorld) -> None:
    grant = await world.pasted()
    await asyncio.gather(*(connect(world, grant.id, "act_1001", "act_1002") for _ in range(3)))
    assert len(await accounts(world)) == 2
    assert len(await jobs(world)) == 2


async def test_a_disconnected_account_is_revived_as_the_same(world: ConnectWorld) -> None:
    grant = await world.pasted()
    account = (await connect(world, grant.id, "act_1001")).ad_accounts[0]
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
    )
    revived = (await connect(world, grant.id, "act_1001")).ad_accounts[0]
    assert (revived.id, revived.disconnected_at) == (account.id, None)


async def test_another_grant_takes_over_an_account(world: ConnectWorld) -> None:
    account = (await connect(world, (await world.pasted()).id, "act_1001")).ad_accounts[0]
    own = await world.connected()
    taken = (await connect(world, own.id, "act_1001")).ad_accounts[0]
    assert (taken.id, taken.grant_id) == (account.id, own.id)


async def test_the_same_account_in_two_tenants_is_two_accounts(world: ConnectWorld) -> None:
    elsewhere = ConnectWorld(world.tools, world.server, world.google, await world.elsewhere(), world.http)
    for each in (world, elsewhere):
        await connect(each, (await each.pasted()).id, "act_1001")
    assert len(await accounts(world)) == len(await accounts(elsewhere)) == 1


async def test_an_account_that_the_grant_cannot_see_is_refused_and_nothing_is_connected(world: ConnectWorld) -> None:
    grant = await world.pasted("SANDBOX-ONE-ACCOUNT")
    assert await refusal(world, grant.id, "act_1001", "act_1002") == (
        UserErrorCode.NOT_FOUND,
        "external_ids",
        1,
    )


@pytest.mark.parametrize(
    ("external_ids", "place"),
    [
        ([], None),
        ([f"act_{number}" for number in range(1001)], None),
        (["1001"], 0),
        (["act_1001", "act_x"], 1),
        (["act_1001/insights"], 0),
        (["act_\u0661"], 0),
        ([""], 0),
    ],
)
async def test_ids_that_cannot_be_are_refused(world: ConnectWorld, external_ids: list[str], place: int | None) -> None:
    grant = await world.pasted()
    assert await refusal(world, grant.id, *external_ids) == (UserErrorCode.INVALID, "external_ids", place)


async def test_a_missing_or_foreign_grant_is_refused_alike(world: ConnectWorld) -> None:
    foreign = ConnectWorld(world.tools, world.server, world.google, await world.elsewhere(), world.http)
    for grant_id in (None, world.entities.tenant_id, (await foreign.pasted()).id):
        assert await refusal(world, grant_id, "act_1001") == (UserErrorCode.NOT_FOUND, "grant_id", None)


async def test_a_colleagues_own_grant_is_refused(world: ConnectWorld) -> None:
    grant, colleague = await world.connected(), await world.colleague()
    assert await refusal(world, grant.id, "act_1001", viewer=colleague) == (UserErrorCode.FORBIDDEN, "grant_id", None)


async def test_a_revoked_grant_is_refused(world: ConnectWorld) -> None:
    grant = await world.pasted()
    await revoke_access_grant(world.tools.db, world.tools.clock, world.viewer, grant.id)
    assert await refusal(world, grant.id, "act_1001") == (UserErrorCode.ACCESS_TOKEN_INVALID, "grant_id", None)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.TOKEN_REVOKED, UserErrorCode.ACCESS_TOKEN_INVALID),
        (FaultKind.SCOPE_MISSING, UserErrorCode.PERMISSION_MISSING),
    ],
)
async def test_a_grant_that_lost_its_access_is_refused(
    world: ConnectWorld, kind: FaultKind, code: UserErrorCode
) -> None:
    grant = await world.pasted()
    world.spoil(kind, "me/adaccounts", times=None)
    assert await refusal(world, grant.id, "act_1001") == (code, "grant_id", None)


async def test_a_platform_that_is_away_connects_nothing(world: ConnectWorld) -> None:
    grant = await world.pasted()
    world.spoil(FaultKind.HTML_503, times=None)
    with pytest.raises(UpstreamUnavailable):
        await connect(world, grant.id, "act_1001")
    assert await accounts(world) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
async def test_connecting_and_disconnecting_need_the_permission(world: ConnectWorld, role: Role) -> None:
    grant, viewer = await world.pasted(), world.entities.as_role(role)
    with pytest.raises(Forbidden):
        await connect(world, grant.id, "act_1001", viewer=viewer)
    with pytest.raises(Forbidden):
        await disconnect_ad_account(world.tools.db, world.tools.clock, world.tools.vendors.billing, viewer, grant.id)


async def test_connected_accounts_are_marked_in_the_list(world: ConnectWorld) -> None:
    grant = await world.pasted()
    account = (await connect(world, grant.id, "act_1002")).ad_accounts[0]
    assert await marked(world, grant) == {"act_1002"}
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
    )
    assert await marked(world, grant) == set()


async def marked(world: ConnectWorld, grant: AccessGrant) -> set[str]:
    found = await fetch_available_ad_accounts(world.tools, world.viewer, grant.id, window=Window(50), search=None)
    assert found is not None
    return {row.external_id for row in found.rows if row.connected}


@pytest.fixture
def refusing(world: ConnectWorld) -> Iterator[SandboxAdmin]:
    """A platform that refuses to tell of some of its ad accounts."""
    yield world.server.admin
    world.server.admin.sandbox.refused_objects.clear()


async def problems(world: ConnectWorld, grant: AccessGrant) -> dict[str, str | None]:
    found = await fetch_available_ad_accounts(world.tools, world.viewer, grant.id, window=Window(50), search=None)
    assert found is not None
    return {row.external_id: row.problem for row in found.rows}


async def test_an_account_that_the_platform_refuses_is_listed_by_its_id_and_says_why(world: ConnectWorld) -> None:
    grant = await world.pasted()
    refused = {"code": 200, "status": 403, "message": "(#200) Requires business_management", "times": None}
    world.spoil(FaultKind.ERROR, "me/adaccounts", params={"fields": "*name*"}, **refused)
    world.spoil(FaultKind.ERROR, "", params={"ids": "*act_1002*"}, **refused)
    found = await problems(world, grant)
    problem = found.pop("act_1002")
    assert (problem or "").startswith("The platform tells no currency and no time zone of this ad account")
    assert "business_management" in (problem or "")
    assert found == {"act_1001": None, "act_1003": None}
    assert await refusal(world, grant.id, "act_1002") == (UserErrorCode.INVALID, "external_ids", 0)
    assert len((await connect(world, grant.id, "act_1001", "act_1003")).ad_accounts) == 2


async def test_accounts_whose_currency_is_refused_cost_no_other_account_its_own(
    world: ConnectWorld, refusing: SandboxAdmin
) -> None:
    grant = await world.pasted()
    for external_id in ("act_1001", "act_1002"):
        refusing.refuse_object(RefusedObject(external_id, "currency"))
    found = await problems(world, grant)
    assert found.pop("act_1003") is None
    for problem in found.values():
        assert (problem or "").startswith("The platform tells no currency of this ad account")
        assert "Meta refuses this question" in (problem or "")
        assert "setting it up" not in (problem or "")


async def test_of_a_list_that_ends_without_a_name_what_was_not_reached_is_told(
    world: ConnectWorld, refusing: SandboxAdmin
) -> None:
    grant = await world.pasted()
    refusing.refuse_object(RefusedObject("act_1002"))
    assert await problems(world, grant) == {"act_1001": None}
    with pytest.raises(Refused, match="It refused the rest of the list of ad accounts: Meta refuses") as caught:
        await connect(world, grant.id, "act_1003")
    assert caught.value.user_code is UserErrorCode.NOT_FOUND
    refusing.refuse_object(RefusedObject("act_1001"))
    with pytest.raises(UpstreamUnavailable, match="refuses the list of ad accounts"):
        await problems(world, grant)


async def test_disconnecting_keeps_the_data_and_ends_the_schedule(world: ConnectWorld) -> None:
    account = (await connect(world, (await world.pasted()).id, "act_1001")).ad_accounts[0]
    for _ in range(2):
        assert (
            await disconnect_ad_account(
                world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
            )
            == account.id
        )
    stored = (await accounts(world))[0]
    assert (stored.disconnected_at, stored.next_refresh_at) == (NOON, None)
    assert (await world.actions()).count("ad_account.disconnected") == 1


async def test_disconnecting_ends_the_accounts_refreshes(world: ConnectWorld) -> None:
    grant = await world.pasted()
    connected = await connect(world, grant.id, "act_1001", "act_1002")
    account = connected.ad_accounts[0]
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
    )
    found = {job.ad_account_id == account.id: job.status for job in await jobs(world)}
    assert found == {True: RefreshStatus.CANCELLED, False: RefreshStatus.QUEUED}


async def test_disconnecting_with_its_data_leaves_nothing(world: ConnectWorld) -> None:
    account = (await connect(world, (await world.pasted()).id, "act_1001")).ad_accounts[0]
    await world.entities.campaigns(account, "One")
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id, delete_data=True
    )
    assert await accounts(world) == []
    assert await jobs(world) == []
    assert (await world.actions())[-1] == "ad_account.deleted"


async def test_a_missing_or_foreign_account_cannot_be_disconnected(world: ConnectWorld) -> None:
    account = (await connect(world, (await world.pasted()).id, "act_1001")).ad_accounts[0]
    other = await world.elsewhere()
    for viewer, account_id in ((other.viewer, account.id), (world.viewer, None), (world.viewer, other.tenant_id)):
        with pytest.raises(Refused) as caught:
            await disconnect_ad_account(
                world.tools.db, world.tools.clock, world.tools.vendors.billing, viewer, account_id, delete_data=True
            )
        assert caught.value.user_code is UserErrorCode.NOT_FOUND
    assert len(await accounts(world)) == 1
