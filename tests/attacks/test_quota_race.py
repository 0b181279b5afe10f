"""Attack 15, quota race: a hundred requests at the limit minus one let exactly one through."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from errors import Refused, UserErrorCode
from models.billing.usage_counter import count_connected_accounts, count_use
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import active_refresh_jobs
from models.tenants.membership import Role
from services.billing.plans import FREE, QuotaKind
from services.billing.quotas import check_room, lock_room
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.retrying import retry_refresh_job
from services.tenants.invitations import invite_member
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.refreshes import NOON, RefreshWorld, refresh_world

PARALLEL = 100


@pytest.fixture
async def team(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


def limit_of(kind: QuotaKind) -> int:
    limit = FREE.limits[kind]
    assert limit is not None
    return limit


async def active_jobs(world: RefreshWorld) -> Sequence[RefreshJob]:
    async with world.tools.db.read(world.viewer) as session:
        return await active_refresh_jobs(session)


async def outcomes(*attempts: Coroutine[Any, Any, object]) -> tuple[int, set[UserErrorCode]]:
    """How many passed, and what the others were told."""
    found = await asyncio.gather(*attempts, return_exceptions=True)
    told = [error for error in found if isinstance(error, BaseException)]
    assert all(isinstance(error, Refused) for error in told), told
    return len(found) - len(told), {error.user_code for error in told if isinstance(error, Refused)}


async def test_of_a_hundred_refreshes_at_the_limit_minus_one_one_passes(world: RefreshWorld) -> None:
    account, kind = await world.connected(), QuotaKind.REFRESHES_PER_DAY
    async with world.tools.db.write(world.viewer) as session:
        for _ in range(limit_of(kind) - 1):
            await count_use(session, kind.value, day=TODAY, limit=None)

    def on(day: int) -> Coroutine[Any, Any, object]:
        return world.requested(account, AskedDays(TODAY - timedelta(days=day), TODAY - timedelta(days=day)))

    assert await outcomes(*map(on, range(PARALLEL))) == (1, {UserErrorCode.QUOTA_EXCEEDED})
    [running] = await active_jobs(world)
    assert (await world.requested(account, AskedDays(running.range_start, running.range_end))).id == running.id
    with pytest.raises(Refused) as refused:
        await on(PARALLEL)
    assert refused.value.retry_after_s is not None
    world.moved_by = timedelta(seconds=refused.value.retry_after_s)
    assert world.tools.clock() - NOON <= timedelta(hours=12, seconds=1)
    await on(PARALLEL)


async def test_a_retry_counts_as_a_refresh_and_one_that_is_refused_counts_for_nothing(world: RefreshWorld) -> None:
    kind = QuotaKind.REFRESHES_PER_DAY
    job = await world.requested(await world.connected())
    used = "select used from usage_counter where quota = :kind"

    async def retried() -> None:
        await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
        await retry_refresh_job(
            world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id
        )

    await retried()
    with pytest.raises(Refused):
        await retry_refresh_job(
            world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id
        )
    assert (await world.select(used, kind=kind.value))[0].used == 2
    async with world.tools.db.write(world.viewer) as session:
        for _ in range(limit_of(kind) - 3):
            await count_use(session, kind.value, day=TODAY, limit=None)
    await retried()
    with pytest.raises(Refused) as refused:
        await retried()
    assert refused.value.user_code is UserErrorCode.QUOTA_EXCEEDED
    assert (await world.row(job)).status is RefreshStatus.CANCELLED


async def test_of_a_hundred_invitations_at_the_limit_minus_one_one_is_sent(tools: Toolbox, team: EntityWorld) -> None:
    async def invite(number: int) -> None:
        await invite_member(tools, team.viewer, email=f"{team.user_id}.{number}@example.com", role=Role.VIEWER)

    for number in range(limit_of(QuotaKind.MEMBERS) - 2):  # the owner has a seat
        await invite(-number)
    assert await outcomes(*map(invite, range(1, PARALLEL + 1))) == (1, {UserErrorCode.QUOTA_EXCEEDED})


async def test_of_a_hundred_ad_accounts_at_the_limit_minus_one_one_is_connected(
    tools: Toolbox, team: EntityWorld
) -> None:
    limit = limit_of(QuotaKind.AD_ACCOUNTS)
    model = await team.account()
    for _ in range(limit - 2):
        await team.account()

    async def connect(number: int) -> None:
        async with tools.db.write(team.viewer) as session:
            room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.AD_ACCOUNTS)
            session.add(
                type(model)(**model.model_dump(exclude={"id", "external_id", "name_key"}), external_id=f"act_{number}")
            )
            await check_room(tools.clock, session, room)

    assert await outcomes(*map(connect, range(PARALLEL))) == (1, {UserErrorCode.QUOTA_EXCEEDED})
    async with tools.db.read(team.viewer) as session:
        assert await count_connected_accounts(session) == limit
