"""Grants are looked after: checked daily, renewed before they end, given up with the reason, resumed when renewed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from analytics.periods import AskedDays
from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.platform import Platform
from models.refreshes.job import RefreshErrorCode, RefreshJob, RefreshStatus
from models.refreshes.job_queries import refresh_job_by_id
from sandbox.meta.sign_in.grants import TokenOrder
from sandbox.meta.trouble.faults import FaultKind
from services.account_access import token_of
from services.connections.grant_health import CHECK_EVERY, check_grants
from services.connections.grant_tokens import give_up, health
from services.connections.grants import revoke_access_grant
from services.ingestion.lifecycle import run_refresh
from services.refreshes.behind_grants import stop_jobs_without_access
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox
from tests.worlds.connections import NOON, SYSTEM_USER, ConnectBase, ConnectWorld, connect_base
from tests.worlds.vendors import meta_of

REASONS = {
    458: "removed",
    459: "security check",
    460: "password",
    463: "expired",
    464: "not confirmed",
    467: "session",
    492: "role",
    493: "90 days",
}


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    world = await base.world()
    base.server.admin.set_clock(world.now())
    return world


def person() -> str:
    """Somebody whom no other test knows."""
    return str(10**16 + uuid4().int % 10**15)


async def granted(world: ConnectWorld, person_id: str, viewer: Any = None, **order: Any) -> AccessGrant:
    token = world.server.admin.issue_token(TokenOrder(person_id=person_id, **order))
    return await world.pasted(token, viewer=viewer)


async def account_of(world: ConnectWorld, grant: AccessGrant, **overrides: Any) -> AdAccount:
    known = {"external_id": "act_1001", "last_refreshed_at": world.now() - timedelta(days=1)}
    return await world.entities.account(grant_id=grant.id, **known | overrides)


async def requested(world: ConnectWorld, account: AdAccount, days: int = 1) -> RefreshJob:
    today = world.now().date()
    return await request_refresh(
        world.tools.db,
        world.tools.clock,
        world.tools.vendors.billing,
        world.viewer,
        ad_account_id=account.id,
        days=AskedDays(today - timedelta(days=days), today),
    )


async def later(world: ConnectWorld, **by: float) -> None:
    """Time passes, for the platform too, and the grants are checked."""
    world.move(**by)
    world.server.admin.set_clock(world.now())
    await check_grants(world.tools)


async def row(world: ConnectWorld, kind: Any, row_id: UUID, tenant_id: UUID | None = None) -> Any:
    tenant = tenant_id or world.entities.tenant_id
    async with world.tools.db.read(TenantScope(tenant)) as session:
        return await session.get_one(kind, (tenant, row_id))


async def job_row(world: ConnectWorld, job: RefreshJob) -> RefreshJob:
    async with world.tools.db.read(world.viewer) as session:
        found = await refresh_job_by_id(session, job.id)
    assert found is not None
    return found


async def test_a_token_is_renewed_before_it_ends(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    before = token_of(world.tools.cipher, grant)
    await later(world, days=29)
    assert token_of(world.tools.cipher, await row(world, AccessGrant, grant.id)) == before
    await later(world, days=2)
    renewed = await row(world, AccessGrant, grant.id)
    assert token_of(world.tools.cipher, renewed) != before
    assert renewed.expires_at == world.now() + timedelta(days=60)
    assert renewed.status is AccessGrantStatus.ACTIVE
    assert "access_grant.token_renewed" in await world.actions()
    info = await meta_of(world.tools).account_session(token_of(world.tools.cipher, renewed)).token_info()
    assert info.is_valid


async def test_a_grant_outlives_its_first_token_and_is_warned_of_the_other_clock(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    for _ in range(3):
        await later(world, days=28)
    kept = await row(world, AccessGrant, grant.id)
    assert kept.expires_at > world.now() + timedelta(days=14)
    # Renewing does not count as using the app.
    assert kept.status is AccessGrantStatus.EXPIRING
    assert "last used" in (kept.reason or "")
    assert "access_grant.token_renewed" in await world.actions()


async def test_a_renewal_that_fails_is_tried_again_the_next_day(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    world.spoil(FaultKind.ERROR, "oauth/access_token", code=2, times=None)
    await later(world, days=50)
    warned = await row(world, AccessGrant, grant.id)
    assert warned.status is AccessGrantStatus.EXPIRING
    assert "connect again before" in (warned.reason or "")
    world.server.admin.clear_faults()
    await later(world, days=1)
    assert (await row(world, AccessGrant, grant.id)).status is AccessGrantStatus.ACTIVE


async def test_a_system_users_token_is_checked_and_not_renewed(world: ConnectWorld) -> None:
    grant = await world.pasted(SYSTEM_USER)
    await later(world, days=100)
    kept = await row(world, AccessGrant, grant.id)
    assert (kept.status, kept.token_enc, kept.checked_at) == (AccessGrantStatus.ACTIVE, grant.token_enc, world.now())


@pytest.mark.parametrize(("clock", "text"), [("expires_at", "expired"), ("data_access_expires_at", "90 days")])
def test_both_clocks_are_watched(clock: str, text: str) -> None:
    grant = AccessGrant(
        tenant_id=uuid4(), platform=Platform.META, external_user_id="1", token_enc="", connected_by=uuid4()
    )
    status = AccessGrantStatus
    from_end = {15: status.ACTIVE, 14: status.EXPIRING, 1: status.EXPIRING, 0: status.NEEDS_REAUTH}
    for days, expected in from_end.items():
        setattr(grant, clock, NOON + timedelta(days=days))
        assert health(grant, NOON)[0] is expected
    assert text in (health(grant, NOON)[1] or "")


@pytest.mark.parametrize(("subcode", "text"), REASONS.items())
async def test_a_dead_token_is_told_with_its_reason_and_stops_the_jobs(
    world: ConnectWorld, subcode: int, text: str
) -> None:
    someone = person()
    grant = await granted(world, someone)
    account = await account_of(world, grant)
    jobs = [await requested(world, account, days) for days in (1, 2)]
    world.server.admin.end_sessions(subcode, person_id=someone)
    await later(world, days=1)
    ended = await row(world, AccessGrant, grant.id)
    assert ended.status is AccessGrantStatus.NEEDS_REAUTH
    assert text in (ended.reason or "")
    for job in [await job_row(world, each) for each in jobs]:
        assert (job.status, job.error_code) == (RefreshStatus.FAILED, RefreshErrorCode.ACCESS_REVOKED)
        assert job.error_message == ended.reason


async def test_a_permission_that_was_taken_back_is_told(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    world.server.admin.withdraw("ads_read", person_id=someone)
    await later(world, days=1)
    ended = await row(world, AccessGrant, grant.id)
    assert (ended.status, ended.missing_scopes) == (AccessGrantStatus.NEEDS_REAUTH, ["ads_read"])
    assert "ads_read" in (ended.reason or "")


async def test_a_platform_that_is_away_changes_nothing(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    world.spoil(FaultKind.HTML_503, "me", times=None)
    await later(world, days=1)
    assert (await row(world, AccessGrant, grant.id)).status is AccessGrantStatus.ACTIVE


async def test_many_workers_check_a_grant_once_a_day(world: ConnectWorld) -> None:
    await check_grants(world.tools)
    grant = await granted(world, person())
    world.move(hours=CHECK_EVERY.total_seconds() / 3600)
    world.server.admin.set_clock(world.now())
    before = len(world.server.admin.log())
    await asyncio.gather(*(check_grants(world.tools) for _ in range(6)))
    checked = await row(world, AccessGrant, grant.id)
    asked = [call for call in world.server.admin.log()[before:] if call.path == "me" and call.user_id]
    mine = [call for call in asked if call.user_id == grant.external_user_id]
    # Once to see that it lives, once for its description.
    assert len(mine) <= 2
    assert checked.checked_at == world.now()
    assert await check_grants(world.tools) == 0


async def test_connecting_again_resumes_what_failed_for_want_of_access(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    account = await account_of(world, grant)
    jobs = [await requested(world, account, days) for days in (1, 2)]
    await give_up(world.tools.db, world.tools.clock, world.viewer, grant, "The password was changed.")
    again = await granted(world, someone)
    assert again.id == grant.id
    for job in [await job_row(world, each) for each in jobs]:
        assert (job.status, job.attempt, job.error_code) == (RefreshStatus.QUEUED, 2, None)
    await run_refresh(world.tools, tenant_id=account.tenant_id, job_id=jobs[0].id)
    assert (await job_row(world, jobs[0])).status is RefreshStatus.SUCCEEDED
    assert (await world.actions()).count("refresh.resumed") == 2


async def test_connecting_again_resumes_each_range_once_and_no_disconnected_account(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    account = await account_of(world, grant)
    gone = await account_of(world, grant, external_id="act_1002")
    first, other = await requested(world, account), await requested(world, gone)
    await give_up(world.tools.db, world.tools.clock, world.viewer, grant, "no")
    again = await granted(world, someone)
    await give_up(world.tools.db, world.tools.clock, world.viewer, again, "no")
    async with world.tools.db.write(world.viewer) as session:
        (await session.get_one(AdAccount, (gone.tenant_id, gone.id))).disconnected_at = world.now()
    await granted(world, someone)
    assert (await job_row(world, first)).attempt == 3
    assert (await job_row(world, other)).status is RefreshStatus.FAILED


async def test_a_token_that_was_replaced_meanwhile_ends_neither_grant_nor_refreshes(
    world: ConnectWorld,
) -> None:
    someone = person()
    refused = await granted(world, someone)
    await granted(world, someone)
    job = await requested(world, await account_of(world, refused))
    await give_up(world.tools.db, world.tools.clock, world.viewer, refused, "The password was changed.")
    assert (await row(world, AccessGrant, refused.id)).status is AccessGrantStatus.ACTIVE
    assert (await job_row(world, job)).status is RefreshStatus.QUEUED


async def test_what_the_person_settled_with_the_platform_goes_on_by_itself(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    job = await requested(world, await account_of(world, grant))
    world.server.admin.end_sessions(459, person_id=someone)
    await later(world, days=1)
    world.server.admin.end_sessions(None, person_id=someone)
    await later(world, days=1)
    assert (await row(world, AccessGrant, grant.id)).status is AccessGrantStatus.ACTIVE
    assert (await job_row(world, job)).status is RefreshStatus.QUEUED


async def test_revoking_stops_the_jobs(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    job = await requested(world, await account_of(world, grant))
    await revoke_access_grant(world.tools.db, world.tools.clock, world.viewer, grant.id)
    assert (await job_row(world, job)).error_code is RefreshErrorCode.ACCESS_REVOKED


async def test_jobs_are_stopped_whichever_way_the_grant_ended(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    job = await requested(world, await account_of(world, grant))
    async with world.tools.db.write(world.viewer) as session:
        kept = await session.get_one(AccessGrant, (grant.tenant_id, grant.id))
        kept.status, kept.reason = AccessGrantStatus.NEEDS_REAUTH, "Connect again."
    assert await stop_jobs_without_access(world.tools.db, world.tools.clock) >= 1
    assert (await job_row(world, job)).error_message == "Connect again."


async def test_one_person_behind_several_tenants_has_a_grant_in_each(world: ConnectWorld) -> None:
    someone, elsewhere = person(), await world.elsewhere()
    ours, theirs = await granted(world, someone), await granted(world, someone, viewer=elsewhere.viewer)
    assert ours.external_user_id == theirs.external_user_id
    await give_up(world.tools.db, world.tools.clock, world.viewer, ours, "no")
    kept = await row(world, AccessGrant, theirs.id, elsewhere.tenant_id)
    assert kept.status is AccessGrantStatus.ACTIVE
    world.server.admin.end_sessions(460, person_id=someone)
    await later(world, days=1)
    kept = await row(world, AccessGrant, theirs.id, elsewhere.tenant_id)
    assert "password" in (kept.reason or "")
