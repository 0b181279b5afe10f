"""Days that were read before they had ended: the first refresh after their midnight reads them again."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshStatus
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import MONTH, NOON, Interrupted, RefreshWorld, refresh_world
from tests.worlds.vendors import meta_of

DAY = TODAY - timedelta(days=3)
THEN = timedelta(days=-3)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield await made.another_tenant()


async def read_at(world: RefreshWorld, account: AdAccount) -> dict[date, datetime]:
    rows = await world.select(
        "select day, refreshed_at from insight_day where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    return {row[0]: row[1] for row in rows}


async def people_read_at(world: RefreshWorld, account: AdAccount) -> set[datetime]:
    """When the people of DAY were read, of the account and of its campaigns."""
    query = (
        "select refreshed_at from unique_period"
        " where tenant_id = :tenant and ad_account_id = :id and period_start = :day and period_end = :day"
    )
    return {row[0] for row in await world.select(query, id=account.id, day=DAY)}


def times_asked(world: RefreshWorld, since: int) -> int:
    calls: list[Any] = world.server.admin.log()[since:]
    return sum(str(DAY) in call.params.get("time_range", "") for call in calls)


async def test_a_day_outside_the_look_back_is_read_again_once_it_has_ended(world: RefreshWorld) -> None:
    account = await world.connected(lookback_days=1)
    world.moved_by = THEN
    assert (await world.refreshed(account, None)).status is RefreshStatus.SUCCEEDED
    assert await read_at(world, account) == {DAY: NOON + THEN}
    await world.change("update insight set spend = 0 where tenant_id = :tenant and ad_account_id = :id", id=account.id)
    world.moved_by = timedelta()
    job = await world.refreshed(account, None)
    assert (job.range_start, job.days_done, job.days_total) == (TODAY, 1, 1)
    assert await read_at(world, account) == {DAY: NOON, TODAY: NOON}
    assert await people_read_at(world, account) == {NOON}
    assert (await world.stored(account))[DAY] == (await world.reported(account))[DAY]
    mark = len(world.server.admin.log())
    await world.refreshed(account, None)
    assert times_asked(world, mark) == 0


async def test_the_look_back_covers_it_without_a_question_of_its_own(world: RefreshWorld) -> None:
    account = await world.connected()
    world.moved_by = THEN
    await world.refreshed(account, AskedDays(DAY, DAY))
    world.moved_by = timedelta()
    job = await world.refreshed(account, MONTH)
    assert (job.days_done, await people_read_at(world, account)) == (28, {NOON})
    assert {*(await read_at(world, account)).values()} == {NOON}


async def test_a_day_that_has_not_ended_is_not_read_by_a_refresh_of_others(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, AskedDays(TODAY, TODAY))
    world.moved_by = timedelta(minutes=5)
    await world.refreshed(account, AskedDays(DAY, DAY))
    assert await read_at(world, account) == {DAY: NOON + world.moved_by, TODAY: NOON}


async def test_an_answer_is_as_old_as_its_question(world: RefreshWorld) -> None:
    account = await world.connected()
    world.moved_by = THEN

    async def midnight_passes() -> None:
        world.moved_by = THEN + timedelta(hours=12)

    job = await world.requested(account, AskedDays(DAY, DAY))
    await world.run(job, Interrupted(meta_of(world.tools), midnight_passes, pages=0))
    assert await read_at(world, account) == {DAY: NOON + THEN}


async def test_a_day_that_is_refused_again_and_again_is_not_asked_for_again_and_again(world: RefreshWorld) -> None:
    account = await world.connected(lookback_days=1)
    world.moved_by = THEN
    await world.refreshed(account, None)
    world.moved_by = timedelta()
    await world.change(
        "update insight_day set status = 'GAP', gap_kind = 'REFUSED' where tenant_id = :tenant and ad_account_id = :id",
        id=account.id,
    )
    await world.refreshed(account, None)
    assert (await read_at(world, account))[DAY] == NOON + THEN
