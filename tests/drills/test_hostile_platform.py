"""A platform at its worst: storms of throttles, a token that dies, pages without end; and many accounts at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.platform import Platform
from models.refreshes.job import RefreshErrorCode, RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.connections.grants import add_access_grant
from services.refreshes.cancelling import cancel_refresh_job
from services.toolbox import Toolbox
from tests.sandbox.graph_client import SYSTEM_USER
from tests.worlds.refreshes import NOON, WEEK, Interrupted, RefreshWorld
from tests.worlds.vendors import meta_of
from tests.worlds.workers import SEASON, Drill, drill_world, until

pytestmark = pytest.mark.drill

ACCOUNTS = ("act_1001", "act_1002", "act_1003")
TENANTS = 10
MOST_ROUNDS = 200
# Of the account, of its insights and of the app: every fourth of the first calls is refused.
STORMY_CALLS = 150
STORM = ((17, 2446079, 0.12), (80000, 2446079, 0.06), (4, 1504022, 0.06))
# An answer may be 32 MB, and is never held twice.
MOST_MEMORY_MB = 48


@pytest.fixture
async def drill(tools: Toolbox) -> AsyncIterator[Drill]:
    async with drill_world(tools) as made:
        yield made


async def ten_jobs(drill: Drill) -> list[tuple[RefreshWorld, RefreshJob]]:
    worlds = [await drill.world.another_tenant() for _ in range(TENANTS)]
    accounts = [await world.connected(ACCOUNTS[n % len(ACCOUNTS)]) for n, world in enumerate(worlds)]
    return [(world, await world.requested(account, WEEK)) for world, account in zip(worlds, accounts, strict=True)]


async def are_exact(drill: Drill, jobs: list[tuple[RefreshWorld, RefreshJob]]) -> None:
    for world, job in jobs:
        row = await world.row(job)
        assert (row.status, row.attempt) == (RefreshStatus.SUCCEEDED, 1), row.error_message
        assert await Drill(world, drill.postgres, drill.environment).differences(job) == []


async def test_two_workers_share_ten_accounts_and_one_of_them_dies(drill: Drill) -> None:
    drill.slow_down(0.3)
    jobs = await ten_jobs(drill)

    async def some_have_ended() -> bool:
        return any([(await world.row(job)).status in FINISHED for world, job in jobs])

    async def all_have_ended() -> bool:
        return all([(await world.row(job)).status in FINISHED for world, job in jobs])

    async with drill.hasty_worker() as first, drill.hasty_worker():
        await until(some_have_ended)
        await first.kill()
        await until(all_have_ended)
    await are_exact(drill, jobs)


async def test_a_storm_of_throttles_only_costs_time(drill: Drill) -> None:
    for code, subcode, chance in STORM:
        drill.world.server.admin.add_fault(
            FaultRule(FaultKind.ERROR, code=code, subcode=subcode, status=429, times=STORMY_CALLS, probability=chance)
        )
    jobs = await ten_jobs(drill)
    moment = NOON
    for _ in range(MOST_ROUNDS):
        rows = [(world, await world.row(job)) for world, job in jobs]
        waiting = [(world, row) for world, row in rows if row.status not in FINISHED]
        if not waiting:
            break
        moment = max(moment, min(row.resumes_at or moment for _, row in waiting))
        for world, _ in waiting:
            world.moved_by = moment - NOON
        ready = [(world, row) for world, row in waiting if row.resumes_at is None or row.resumes_at <= moment]
        await asyncio.gather(*(world.run(row) for world, row in ready))
    await are_exact(drill, jobs)


async def test_a_token_that_dies_in_the_middle_is_renewed_and_the_refresh_goes_on(drill: Drill) -> None:
    world, admin = drill.world, drill.world.server.admin
    grant = await add_access_grant(world.tools, world.viewer, platform=Platform.META, access_token=SYSTEM_USER)
    account = await world.entities.account(grant_id=grant.id, external_id="act_1001")

    async def change_the_password() -> None:
        admin.end_sessions(460, person_id=grant.external_user_id)

    dying = Interrupted(meta_of(world.tools), change_the_password, pages=1)
    job = await world.run(await world.requested(account, SEASON), dying)
    assert (job.status, job.error_code) == (RefreshStatus.FAILED, RefreshErrorCode.ACCESS_REVOKED)
    assert 0 < job.days_done < job.days_total
    async with world.tools.db.read(world.viewer) as session:
        ended = await session.get_one(AccessGrant, (grant.tenant_id, grant.id))
    assert ended.status is AccessGrantStatus.NEEDS_REAUTH
    assert "password" in (ended.reason or "").lower()

    admin.end_sessions(None, person_id=grant.external_user_id)
    await add_access_grant(world.tools, world.viewer, platform=Platform.META, access_token=SYSTEM_USER)
    assert (await world.row(job)).status is RefreshStatus.QUEUED
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []


@pytest.mark.parametrize("endless", [FaultRule(FaultKind.HUGE_PAGE), FaultRule(FaultKind.DRIP, delay_s=0.01)])
async def test_an_answer_without_end_costs_neither_the_worker_nor_its_memory(drill: Drill, endless: FaultRule) -> None:
    account = await drill.world.connected()
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(drill.hasty_worker())
        await drill.ended(await drill.world.requested(account))
        before_mb = worker.peak_mb
        drill.world.server.admin.add_fault(
            FaultRule(endless.kind, path="act_1001/insights", times=None, delay_s=endless.delay_s)
        )
        job = await drill.let_go(await drill.world.requested(account))
        if endless.kind is FaultKind.DRIP:
            assert job.status is RefreshStatus.WAITING
            await cancel_refresh_job(drill.world.tools.db, drill.world.tools.clock, drill.world.viewer, job_id=job.id)
        else:
            assert (job.status, job.error_code) == (RefreshStatus.FAILED, RefreshErrorCode.INVALID_RESPONSE)
        assert worker.peak_mb - before_mb < MOST_MEMORY_MB
        drill.world.server.admin.clear_faults()
        job = await drill.ended(await drill.world.requested(account))
        assert job.status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []
